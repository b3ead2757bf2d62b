/** The character that a two-character escape stands for, by its letter; 0 where there is no such escape. */
export const ESCAPED = new Uint8Array(128)

/** The letter of the two-character escape as which Python prints a character; 0 where it has none. */
export const ESCAPE_LETTER = new Uint8Array(128)

for (const [letter, character] of ['""', '\\\\', 'b\b', 'f\f', 'n\n', 'r\r', 't\t']) {
  ESCAPE_LETTER[character!.charCodeAt(0)] = letter!.charCodeAt(0)
  ESCAPED[letter!.charCodeAt(0)] = character!.charCodeAt(0)
}
// JSON may escape the slash; Python never does.
ESCAPED[0x2f] = 0x2f

export const HEX_DIGITS = new TextEncoder().encode('0123456789abcdef')

/** What a hex digit counts, by its character, in either case; -1 where it is none. */
export const HEX_VALUE = new Int8Array(256).fill(-1)
for (let i = 0; i < 16; i++) {
  HEX_VALUE[HEX_DIGITS[i]!] = i
  HEX_VALUE[String.fromCharCode(HEX_DIGITS[i]!).toUpperCase().charCodeAt(0)] = i
}
