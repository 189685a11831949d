/** Whether a text shows what a page quotes from it: `…` stands for anything within a line. */
export function shows(text: string, quoted: string): boolean {
  const parts = quoted.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.join('[^\\n]*')).test(text);
}
