/** A new project, as a newcomer meets it: made, built, booted, tested. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { moduleName } from '../../cli/template.ts';
import { bundleIfStale, fluxos, fluxosJson } from './fluxos.ts';

describe('a new project', () => {
  beforeAll(bundleIfStale);
  const folder = join(mkdtempSync(join(tmpdir(), 'fluxos-new-')), 'My sensor');

  it('is made once, in a folder that is not there yet or empty', async () => {
    const { status, stdout } = await fluxos(['new', folder]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/fluxos\.toml\n.*my_sensor\.flux\.md\n.*README\.md/s);
    expect((await fluxos(['new', folder])).stderr).toContain('FX0834');
    expect((await fluxos(['new', join(folder, 'x'), '-b', 'nothing'])).stderr).toContain('FX0701');
  });

  it('builds for every board', async () => {
    const { status, value } = await fluxosJson(['build', folder, '-b', 'all']);
    expect(status).toBe(0);
    expect(value.failed).toEqual([]);
    expect(value.images.length).toBeGreaterThanOrEqual(6);
  }, 120_000);

  it('runs, and its tests pass', async () => {
    const run = await fluxos(['run', folder, '--timeout', '30']);
    expect(run.stdout).toContain('28 degrees: ringing');
    expect(run.status).toBe(0);
    const tests = await fluxos(['test', folder, '--timeout', '60']);
    expect(tests.stdout).toMatch(/my_sensor\.flux\.md: 1 of 1 passed/);
    expect(tests.status).toBe(0);
  }, 120_000);

  it('has a test that can fail', async () => {
    const document = join(folder, 'my_sensor.flux.md');
    writeFileSync(document, readFileSync(document, 'utf8').replace('return degrees > LIMIT', 'return degrees >= LIMIT'));
    const { stdout, status } = await fluxos(['test', document, '--timeout', '60']);
    expect(stdout).toContain('failed: the alarm rings above the limit');
    expect(status).toBe(1);
  }, 60_000);
});

it('makes a module name of any text', () => {
  expect(['Sensor', 'my-sensor 2', '42', 'größe', '__x'].map(moduleName)).toEqual(['sensor', 'my_sensor_2', 'system', 'gr_e', 'x']);
});
