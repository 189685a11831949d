/** Messages FX07xx: boards and project files. */
import { messages } from './message.ts';

export const BOARD_MESSAGES = messages({
  FX0701: {
    text: 'there is no board `{}`',
    hint: '`fluxos boards` lists those there are; a new one is a file `boards/<name>.toml`',
    example: 'fluxos build --board rpi9',
  },
  FX0702: { text: '`{}` must be {}', hint: null, example: 'arch = 64' },
  FX0703: {
    text: 'these files extend each other: {}',
    hint: 'a board extends its chip, and a chip extends nothing or a family; take one `extends` out',
    example: 'extends = "itself"',
  },
  FX0704: { text: 'there is no file `{}` to extend', hint: null, example: 'extends = "bcm9999"' },
  FX0705: { text: 'this is not TOML: {}', hint: 'https://toml.io describes the format', example: 'name = ' },
  FX0706: {
    text: 'the role `{}` names the device `{}`, which is not there',
    hint: 'the devices of this board are: {}',
    example: 'console = "uart7"',
  },
  FX0707: {
    text: '`device.{}` is no device',
    hint: 'write a table `[device.name]` with a `driver`; the name has lower-case letters, digits and `_`',
    example: 'device = 3',
  },
  FX0708: { text: '`{}` is missing', hint: 'set it in this file or in one that it extends', example: '[boot] without load' },
  FX0709: { text: 'nothing is known of the key `{}`', hint: 'known here: {}', example: 'colour = "red"' },
  FX0710: {
    text: 'the driver `{}` of device `{}` is not there',
    hint: 'a driver is a document `hal/device/{}.flux.md`',
    example: 'driver = "pl012"',
  },
  FX0711: {
    text: 'the driver `{}` does not say what type its device has',
    hint: 'write `device: Name` in its front matter, with the name of a `registers` block or a `struct` of the document',
    example: 'a driver without `device:`',
  },
  FX0712: {
    text: 'device `{}` needs `{}`, a number',
    hint: 'its driver `{}` reads it from the board',
    example: '[device.uart0] without base',
  },
  FX0713: {
    text: 'two devices of driver `{}` stand apart differently (`space`, `stride`)',
    hint: 'a driver is compiled once a board, for one register spacing; give both devices the same',
    example: 'one ns16550 in ports and one in memory',
  },
  FX0714: {
    text: 'the registers of device `{}` are not in one range of pages, so no agent can have it',
    hint: 'say `owner = "kernel"` if it is the kernel\'s, or make a device of each range',
    example: 'a device for agents whose two register blocks lie a megabyte apart',
  },
});
