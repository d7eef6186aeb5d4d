// placeholder
export async function lead(..._: unknown[]): Promise<number> {
  return 0
}
