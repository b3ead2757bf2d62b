/** The first of a sequence, `limit` of them at most. */
export async function firstOf<T>(sequence: AsyncIterable<T>, limit: number): Promise<T[]> {
  const first: T[] = []
  for await (const each of sequence) {
    first.push(each)
    if (first.length === limit) break
  }
  return first
}
