/** Similar names: what somebody who wrote a name may have meant. */

/** Returns the name that differs in few letters, in proportion to its length. Short names resemble everything. */
export function similarName(name: string, names: Iterable<string>): string | undefined {
  let limit = Math.min(3, Math.floor(name.length / 3))
  let nearest: string | undefined
  if (name.length < 4) return undefined
  for (const other of names) {
    if (Math.abs(other.length - name.length) > limit) continue
    const distance = editDistance(name.toLowerCase(), other.toLowerCase(), limit)
    if (distance > limit) continue
    nearest = other
    limit = distance - 1
  }
  return nearest
}

/** Counts the letters to insert, remove or change, row by row of the usual table; more than `limit` is not counted. */
function editDistance(a: string, b: string, limit: number): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 0; i < a.length; i++) {
    const above = row
    row = [i + 1]
    for (let j = 0; j < b.length; j++)
      row.push(Math.min(row[j]! + 1, above[j + 1]! + 1, above[j]! + Number(a[i] !== b[j])))
    if (Math.min(...row) > limit) return limit + 1
  }
  return row[b.length]!
}
