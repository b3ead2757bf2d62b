/** Where a transaction stands in the chain: the height of its block, from 1 on, and its position there, from 0 on. */
export interface Place {
  readonly height: number
  readonly position: number
}

/** Reads `HEIGHT.POSITION`. */
export function placeOf(text: string): Place | undefined {
  const [, height, position] = /^(\d+)\.(\d+)$/.exec(text) ?? []
  return height === undefined ? undefined : { height: Number(height), position: Number(position) }
}

/** Writes `HEIGHT.POSITION`. */
export function printPlace({ height, position }: Place): string {
  return `${height}.${position}`
}
