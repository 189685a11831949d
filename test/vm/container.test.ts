import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../fluxc/base/crc32.ts';
import { Sources } from '../../fluxc/base/source.ts';
import { CAPABILITIES } from '../../fluxc/base/capabilities.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { type Container, FAULTS, LARGEST_REGION, MOST_PEERS, MOST_REGIONS, readContainer, SETS, writeContainer } from '../../fluxc/isa/container.ts';
import { parseModule } from '../../fluxc/lang/parser.ts';
import { HOST } from '../host.ts';
import { instantiate } from './wasm.ts';

/** What reads a file on the device, as the host calls it: fault, and a sum of everything that it found. */
const DEVICE = `---
module: t.device
uses: [vm.container, vm.crc32]
---

## static file: [4096]u8

### static found: Container

## fn place(): u64

\`\`\`flux
return &file as u64
\`\`\`

## fn fault(size: u64): u64

\`\`\`flux
return container.read(file[..size], &found) as u64
\`\`\`

## fn sum(): u32

\`\`\`flux
var sum = crc32.of(found.code) ^ crc32.of(found.name) ^ crc32.of(found.peers)
for index in 0..found.region_count {
    let region = found.regions[index]
    sum = sum * 31 + (region.number * 8 + region.size * 16 + region.rights) as u32 ^ crc32.of(region.initial)
}
return sum + (found.entry + found.capabilities * 8 + found.profile as u64 + found.set as u64 * 64) as u32
\`\`\`
`;

const device = instantiate('t/device.flux.md', { 't/device.flux.md': DEVICE });
const place = Number(device.call('t.device.place'));

function deviceFault(file: Uint8Array): string {
  device.memory().set(file, place);
  return FAULTS[Number(device.call('t.device.fault', BigInt(file.length)))]!;
}

function sumOf({ code, name, peers, regions, entry, capabilities, profile, set }: Container): number {
  const field = new Uint8Array(32 * peers.length);
  peers.forEach((peer, index) => [...peer].forEach((letter, at) => (field[32 * index + at] = letter.charCodeAt(0))));
  let sum = crc32(code) ^ crc32(Uint8Array.from(name, (letter) => letter.charCodeAt(0))) ^ crc32(field);
  for (const { number, size, writable, initial } of regions) {
    sum = (Math.imul(sum, 31) + number * 8 + size * 16 + (writable ? 3 : 1)) ^ crc32(initial);
  }
  return (sum + entry + capabilities * 8 + profile + SETS.find((each) => each.name === set)!.number * 64) >>> 0;
}

function expectFault(file: Uint8Array, fault: string): void {
  expect([readContainer(file).fault, deviceFault(file)]).toEqual([fault, fault]);
}

/** The file with one field changed, and its checksum right again. */
function changed(change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = writeContainer(SAMPLE);
  const view = new DataView(bytes.buffer);
  change(view, bytes);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
  return bytes;
}

const SAMPLE: Container = {
  set: 'flux64', profile: 0, name: 'sample', capabilities: 0x12, entry: 4, code: Uint8Array.from([0, 0, 0, 0, 1, 0, 0, 0]),
  regions: [
    { name: 'first', number: 0, size: 64, writable: true, initial: Uint8Array.from([1, 2, 3]) },
    { name: 'second', number: 5, size: 9, writable: false, initial: new Uint8Array(9) },
  ],
  peers: ['other'], map: { path: 'sample.fasm', symbols: [{ name: 'start', offset: 4 }], lines: [{ offset: 0, line: 3 }] },
};
const REGION = 72;
const PEER = REGION + 64;

describe('a container', () => {
  it('is read alike by host and device, and nothing of it is lost', () => {
    const region = fc.record({
      name: fc.stringMatching(/^[a-z_][a-z0-9.-]{0,15}$/), size: fc.integer({ min: 50, max: LARGEST_REGION }), writable: fc.boolean(),
      initial: fc.uint8Array({ maxLength: 50 }), gap: fc.integer({ min: 1, max: 3 }),
    });
    const container = fc.record({
      set: fc.constantFrom(...SETS), name: fc.stringMatching(/^[A-Za-z][a-z0-9-]{0,31}$/), capabilities: fc.integer({ min: 0, max: 2047 }),
      words: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 100 }), entry: fc.nat(99), regions: fc.array(region, { maxLength: 5 }),
      peers: fc.array(fc.stringMatching(/^[a-z]{1,32}$/), { maxLength: 3 }), json: fc.boolean(),
    });
    fc.assert(fc.property(container, ({ set, words, entry, regions, json, ...rest }) => {
      let number = -1;
      const whole: Container = {
        ...rest, set: set.name, profile: set.profiles.length > 1 ? (json ? 2 : 1) : 0, code: Uint8Array.from(words.flatMap((word) => Array(set.unit).fill(word))),
        entry: (entry % words.length) * set.unit, regions: regions.map(({ gap, ...each }) => ({ ...each, number: (number += gap) })), map: null,
      };
      const file = writeContainer(whole);
      expect(readContainer(file)).toEqual({ fault: 'none', container: whole });
      expect(deviceFault(file)).toBe('none');
      expect(Number(device.call('t.device.sum')) >>> 0).toBe(sumOf(whole));
    }), { numRuns: 200, seed: 11 });
  });

  it('is refused when cut off anywhere, or longer than it is', () => {
    const file = writeContainer(SAMPLE);
    expectFault(file, 'none');
    for (let length = 0; length < file.length; length++) {
      const fault = length < 4 ? 'magic' : 'truncated';
      expectFault(file.subarray(0, length), fault);
    }
    expectFault(Uint8Array.from([...file, 0]), 'trailing');
  });

  it('is refused with any single bit changed', () => {
    const file = writeContainer(SAMPLE);
    for (let bit = 0; bit < file.length * 8; bit++) {
      const wrong = file.slice();
      wrong[bit >> 3]! ^= 1 << (bit & 7);
      const fault = readContainer(wrong).fault;
      expect(fault).not.toBe('none');
      expect(deviceFault(wrong)).toBe(fault);
    }
  });

  it.each<[string, string, (view: DataView, bytes: Uint8Array) => void]>([
    ['version', 'of version 2', (view) => view.setUint16(4, 2, true)],
    ['set', 'of no set', (_, bytes) => (bytes[6] = 0)],
    ['set', 'of an unknown set', (_, bytes) => (bytes[6] = 5)],
    ['set', 'of a profile that the set does not have', (_, bytes) => (bytes[7] = 1)],
    ['flags', 'with a flag', (view) => view.setUint32(12, 1, true)],
    ['capabilities', 'with a capability too many', (view) => view.setUint32(16, 0x800, true)],
    ['capabilities', 'with a capability far above', (view) => view.setUint32(20, 1, true)],
    ['name', 'without a name', (_, bytes) => bytes.fill(0, 40, 72)],
    ['name', 'with a name that starts with a digit', (_, bytes) => (bytes[40] = 49)],
    ['name', 'with something behind its name', (_, bytes) => (bytes[71] = 49)],
    ['counts', 'with 17 regions', (view) => view.setUint16(32, MOST_REGIONS + 1, true)],
    ['counts', 'with 62 peers', (view) => view.setUint16(34, MOST_PEERS + 1, true)],
    ['sizes', 'with rows that do not fit', (view) => view.setUint16(34, MOST_PEERS, true)],
    ['sizes', 'with huge code', (view) => view.setUint32(28, 0xffff_fff8, true)],
    ['sizes', 'with code of another size', (view) => view.setUint32(28, 12, true)],
    ['sizes', 'with a huge map', (view) => view.setUint32(36, 0xffff_ffff, true)],
    ['sizes', 'with huge content', (view) => view.setUint32(REGION + 28, 0xffff_ffff, true)],
    ['region', 'with region 16', (view) => view.setUint32(REGION + 48, 16, true)],
    ['region', 'with a region twice', (view) => view.setUint32(REGION + 48, 0, true)],
    ['rights', 'with an executable region', (view) => view.setUint32(REGION + 20, 5, true)],
    ['rights', 'with a region that can only be written', (view) => view.setUint32(REGION + 20, 2, true)],
    ['region_size', 'with an empty region', (view) => view.setUint32(REGION + 24, 0, true)],
    ['region_size', 'with a region that is too large', (view) => view.setUint32(REGION + 24, LARGEST_REGION + 1, true)],
    ['region_size', 'with more content than the region has room', (view) => view.setUint32(REGION + 24, 2, true)],
    ['name', 'with a region without a name', (_, bytes) => bytes.fill(0, REGION, REGION + 16)],
    ['name', 'with a peer without a name', (_, bytes) => bytes.fill(0, PEER, PEER + 32)],
    ['entry', 'with an entry behind the code', (view) => view.setUint32(24, 8, true)],
    ['entry', 'with an entry inside a word', (view) => view.setUint32(24, 2, true)],
  ])('is refused (%s) %s', (fault, _, change) => {
    expectFault(changed(change), fault);
  });

  it('is refused without code, or with a part of a word', () => {
    expectFault(writeContainer({ ...SAMPLE, code: new Uint8Array(0) }), 'code');
    expectFault(writeContainer({ ...SAMPLE, code: new Uint8Array(6) }), 'code');
  });

  it('is read without its map if that is broken', () => {
    const file = changed((_, bytes) => (bytes[bytes.length - 5] = 255));
    expect(readContainer(file)).toEqual({ fault: 'none', container: { ...SAMPLE, map: null } });
    expect(deviceFault(file)).toBe('none');
  });

  it('has the numbers that its document and the kernel have', () => {
    const enumOf = (path: string, name: string) => {
      const { decls } = parseModule(new Sources().add(path, HOST.read(path)!), new Diagnostics(), HOST);
      const decl = decls.find((each) => each.kind === 'enum' && each.name.text === name);
      return decl?.kind === 'enum' ? decl.members.map((member) => member.name.text) : [];
    };
    expect(enumOf('vm/container.flux.md', 'Fault')).toEqual(FAULTS);
    expect(enumOf('vm/container.flux.md', 'Set')).toEqual(['none', ...SETS.map(({ name }) => name)]);
    expect(HOST.read('vm/container.flux.md')).toContain(`| \`CAPABILITIES\` | 0x${(2 ** CAPABILITIES.length - 1).toString(16).toUpperCase()} |`);
  });
});
