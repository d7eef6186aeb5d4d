// The answers of every server: a hello that is too small to compress, and a list of about 100 kB.

export const catalog = Array.from({ length: 830 }, (_, id) => ({
  id,
  sku: `SKU-${((id * 2654435761) >>> 0).toString(36)}`,
  name: `Part number ${id} of ${(id * 7919) % 1000}`,
  price: ((id * 104729) % 10_000) / 100,
  tags: ['steel', 'brass', 'gear', 'shaft'].slice(id % 4),
  available: id % 3 !== 0,
}))

/** Prints the address of the server. */
export const listening = (port) => process.send?.({ port })
