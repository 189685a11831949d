/** Messages FX08xx: the command line. */
import { messages } from './message.ts';

export const COMMAND_MESSAGES = messages({
  FX0801: { text: 'there is no `{}`', hint: null, example: 'fluxos build nowhere.flux.md' },
  FX0802: {
    text: '`{}` is no FLUX.MD document',
    hint: 'name a file that ends in `.md`, or a folder with a `fluxos.toml`',
    example: 'fluxos build main.c',
  },
  FX0803: {
    text: 'there is no `fluxos.toml` in `{}`',
    hint: 'name a document, or write a `fluxos.toml` with `main = "system.flux.md"`',
    example: 'fluxos build /tmp',
  },
  FX0804: { text: 'the root document `{}` is not there', hint: null, example: 'main = "nowhere.flux.md"' },
  FX0805: {
    text: '`{}` could not be written: {}',
    hint: 'see that the folder exists, that it is yours and that the disk has room',
    example: 'fluxos build -o /proc/x',
  },
  FX0806: {
    text: 'QEMU is not installed: there is no `{}`',
    hint: '`fluxos doctor` says how to get it',
    example: 'fluxos run on a machine without QEMU',
  },
  FX0807: {
    text: 'the QEMU that is installed has no machine `{}`',
    hint: '`fluxos doctor` says which version has it',
    example: 'fluxos run --board rpi4 with QEMU 7',
  },
  FX0808: {
    text: 'board `{}` cannot run in QEMU',
    hint: 'write a table [qemu] into its file if QEMU has a machine like it',
    example: "fluxos run --board mine      where boards/mine.toml has no [qemu]",
  },
  FX0809: {
    text: 'the command line is wrong: {}',
    hint: '`fluxos {}--help` shows what there is',
    example: 'fluxos run --timeout soon',
  },
  FX0810: { text: 'the image has no function `{}`', hint: 'near it: {}', example: 'fluxos inspect --disassemble nothing' },
  FX0811: {
    text: 'one file cannot hold the images of all boards',
    hint: 'leave `-o` out, or name one board',
    example: 'fluxos build --board all -o image',
  },
  FX0812: { text: 'there is no pass `{}`', hint: 'the passes are: {}', example: 'fluxos build --dump nothing' },
  FX0813: { text: '`{}` cannot be read: {}', hint: null, example: 'fluxos build secret.flux.md     which is not yours to read' },
  FX0814: {
    text: '`{}` is not text',
    hint: 'a document is UTF-8 without zero bytes',
    example: 'fluxos build photo.md      which holds a picture',
  },
  FX0815: { text: '`{}` is no folder', hint: null, example: 'fluxos boards examples/hello.flux.md' },
  FX0816: {
    text: 'pass `{}` does not run with `-O {}`',
    hint: 'those that run are: {}',
    example: 'fluxos build -O 0 --stop-after simplify',
  },
  FX0817: {
    text: '`{}` takes one board, not all',
    hint: 'name one with `--board`; `fluxos boards` lists them',
    example: 'fluxos run --board all',
  },
  FX0818: {
    text: 'there is no gdb on this machine',
    hint: 'install `gdb-multiarch` (Debian, Ubuntu) or a `gdb` that knows the board\'s architecture',
    example: 'fluxos debug      where neither gdb-multiarch nor gdb is installed',
  },
  FX0819: { text: '`{}` is there already', hint: 'keys are never overwritten: name another file', example: 'fluxos key mine      twice' },
  FX0820: {
    text: '`{}` holds no {} key for Ed25519',
    hint: '`fluxos key <file>` makes a pair: the private one in `<file>`, the public one in `<file>.pub`',
    example: 'fluxos verify --key mine --manifest system.manifest.json      where mine is the private key',
  },
  FX0821: {
    text: 'the manifest `{}` is refused: {}',
    hint: 'nothing that it says was looked at; get the one that came with the image, and the public key of who built it',
    example: 'fluxos verify --manifest edited.manifest.json --key theirs.pub',
  },
  FX0822: {
    text: '`{}` is not the image that the manifest names',
    hint: 'its length or its SHA-256 differs: it was changed, or copied only in part',
    example: 'fluxos verify --manifest system.manifest.json --key theirs.pub      after a byte of the image has changed',
  },
  FX0823: {
    text: 'the sources of `{}` are not those that are here: {}',
    hint: 'check out the sources that it was built from',
    example: 'fluxos verify --manifest system.manifest.json --key theirs.pub      after a document has changed',
  },
  FX0824: {
    text: 'the same sources give another image than `{}`',
    hint: 'it was built with fluxos {}: another version may make other code',
    example: 'fluxos verify --manifest system.manifest.json --key theirs.pub      with another fluxos',
  },
  FX0825: {
    text: '`--manifest` needs the key that signs it',
    hint: '`fluxos key <file>` makes one; then `--key <file>`',
    example: 'fluxos build --manifest',
  },
  FX0826: {
    text: 'the file of board `{}` describes no {}',
    hint: 'the formats of this board: {}',
    example: 'fluxos build --board qemu-arm64 --format sd',
  },
  FX0827: {
    severity: 'warning',
    text: 'the firmware of `{}` is not on the card: {}',
    hint: 'the card boots in QEMU only. The files may not be handed on with fluxos: put them into {} of the project, name their folder with `--firmware`, get them with `fluxos firmware fetch`, or install the package `raspi-firmware`',
    example: 'fluxos build --board rpi4 --format sd      where no firmware is installed',
  },
  FX0828: {
    text: '`{}` is not written to: {}',
    hint: '{}',
    example: 'fluxos flash /dev/sda      which holds the running system',
  },
  FX0829: {
    text: '`{}` has {} bytes, but the card needs {}',
    hint: 'take a larger one',
    example: 'fluxos flash /dev/sdb      where the card has 64 MiB',
  },
  FX0830: {
    text: 'nobody can be asked whether to write to `{}`',
    hint: 'there is no terminal: say `--yes`',
    example: 'fluxos flash /dev/sdb < /dev/null',
  },
  FX0831: {
    text: 'writing `{}` failed at byte {}: {}',
    hint: 'it has no partition table now and does not boot. Flash it again, or take another card',
    example: 'fluxos flash /dev/sdb      where the card was pulled out',
  },
  FX0832: {
    text: '`{}` gave back something else at byte {} than was written',
    hint: 'the card is broken, or larger than it really is. Take another one',
    example: 'fluxos flash /dev/sdb      where the card is counterfeit',
  },
  FX0833: {
    text: 'writing `{}` was interrupted after {} of {} bytes',
    hint: 'it has no partition table now and does not boot. Flash it again',
    example: 'fluxos flash /dev/sdb      and Ctrl-C',
  },
  FX0840: {
    text: 'there is nothing to write to `{}`: the guest sent no trace',
    hint: 'only a system with agents has one, and it sends it when it ends: by itself, by `off` in the shell, or by a panic',
    example: 'fluxos run examples/hello.flux.md --trace hello.json',
  },
  FX0841: {
    text: 'the image has no agent `{}`',
    hint: '{}',
    example: 'fluxos debug examples/greeting.flux.md --agent gest',
  },
  FX0850: {
    text: 'there is no crash in `{}`',
    hint: 'a crash is a line with `panic:`, one that starts with `dump`, or one like `sensor (pid 3): index out of bounds in …`',
    example: 'fluxos inspect --crash quiet.log',
  },
  FX0851: {
    text: 'the crash in line {} of the log is not of this image: {}',
    hint: 'name the project, board and `-O` that it was built with, and check out its sources: the same sources give the same image',
    example: 'fluxos inspect --crash old.log      after a document has changed',
  },
  FX0852: {
    text: 'there is no serial port `{}`',
    hint: '`fluxos monitor` lists those that there are; an adapter that was just plugged in takes a moment',
    example: 'fluxos monitor /dev/ttyUSB7',
  },
  FX0853: {
    text: '`{}` may be used by members of the group `{}` only',
    hint: '`sudo usermod -aG {} "$USER"`, then log out and in again',
    example: 'fluxos monitor /dev/ttyUSB0      for a user who is not in the group dialout',
  },
  FX0854: {
    text: 'the serial port `{}` cannot be used: {}',
    hint: 'see that it is a serial port, that its speed is one that it has, and that no other program uses it',
    example: 'fluxos monitor /dev/null',
  },
  FX0860: { text: '`{}` is no address of a web server', hint: 'it starts with `https://` or `http://`', example: 'fluxos firmware fetch --from usb' },
  FX0861: {
    text: 'the firmware `{}` could not be fetched: {}',
    hint: 'what has come is kept: the next `fluxos firmware fetch` goes on from there',
    example: 'fluxos firmware fetch      without a network',
  },
  FX0862: {
    text: 'the firmware `{}` that was fetched is another version than the one that is known to work: its SHA-256 is {}',
    hint: 'it was thrown away. `--any-version` keeps it',
    example: 'fluxos firmware fetch --from http://mirror.example/boot      which has a newer version',
  },
  FX0863: {
    text: 'fetching the firmware was interrupted',
    hint: 'nothing was put into place; the next `fluxos firmware fetch` goes on from here',
    example: 'fluxos firmware fetch      and Ctrl-C',
  },
  FX0834: {
    text: '`{}` is not an empty folder',
    hint: 'a new project goes into a folder that is empty or not there yet',
    example: 'fluxos new sensor      twice',
  },
  FX0870: {
    text: '`{}` has no slots: it is no card that fluxos wrote',
    hint: 'write the whole card first: `fluxos flash --board <name> {}`',
    example: 'fluxos slot empty.img',
  },
  FX0871: {
    text: 'slot {} of `{}` is the one that is started',
    hint: 'write the other one: `--slot {}`. A system is never written over while it is the one to start',
    example: 'fluxos flash --slot a card.img      where slot A is started',
  },
  FX0872: {
    text: 'slot {} of `{}` was not written: {}',
    hint: 'the other slot is started as before. Write it again, or take another card',
    example: 'fluxos flash --slot b /dev/sdb      and Ctrl-C',
  },
  FX0873: {
    severity: 'warning',
    text: 'what starts `{}` is the firmware of its board, which reads no slot record',
    hint: '`docs/cards.md` says how the slot is chosen there',
    example: 'fluxos flash --board rpi4 --slot b card.img',
  },
  FX0874: {
    text: '`--tries` needs {}',
    hint: 'it says how often a system that has not been confirmed is started',
    example: 'fluxos slot card.img --tries 3',
  },
});
