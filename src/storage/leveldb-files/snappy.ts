/**
 * Decompresses a block. LevelDB compresses tables; no library for it comes with Node.js.
 * @throws RangeError where it is not Snappy
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */
export function unsnap(compressed: Buffer): Buffer {
  let at = 0
  const little = (bytes: number): number => {
    at += bytes
    return compressed.readUIntLE(at - bytes, bytes)
  }
  let length = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = little(1)
    length += (byte & 0x7f) * scale
    if (byte < 0x80) break
  }
  const output = Buffer.alloc(length)
  let made = 0
  while (at < compressed.length) {
    const tag = little(1)
    const upper = tag >>> 2
    if ((tag & 3) === 0) {
      // A literal: up to 60 bytes, or as many as the next one to four bytes say.
      const size = (upper < 60 ? upper : little(upper - 59)) + 1
      made += compressed.copy(output, made, at, at + size)
      at += size
      continue
    }
    const size = (tag & 3) === 1 ? (upper & 7) + 4 : upper + 1
    const offset = (tag & 3) === 1 ? ((tag >>> 5) << 8) | little(1) : little((tag & 3) === 2 ? 2 : 4)
    if (offset === 0 || offset > made || made + size > length) throw new RangeError('a copy of what is not there')
    // Byte by byte: a copy may begin before what it copies ends.
    for (let end = made + size; made < end; made++) output[made] = output[made - offset]!
  }
  if (made !== length) throw new RangeError(`${made} bytes instead of ${length}`)
  return output
}
