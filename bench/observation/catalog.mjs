// An answer of 50 kB.
export const catalog = Array.from({ length: 830 }, (_, id) => ({
  id,
  name: `Part number ${id}`,
  tags: ['steel', 'gear'],
}))
