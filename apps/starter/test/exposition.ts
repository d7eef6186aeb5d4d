// A reader of the text format of Prometheus 0.0.4 that refuses what the format does not allow.
// https://prometheus.io/docs/instrumenting/exposition_formats/

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

/** Parses a scrape. @throws Error if it breaks a rule of the format */
export function parseExposition(text: string): readonly Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const types = new Map<string, string>()
  const series = new Set<string>()
  const families: string[] = []
  const samples: Sample[] = []
  for (const line of text.slice(0, -1).split('\n')) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(line)
    if (type) {
      const [, name = '', kind = ''] = type
      if (types.has(name)) throw new Error(`${name} has two types`)
      if (families.includes(name)) throw new Error(`${name} has its type after its samples`)
      types.set(name, kind)
    }
    if (line === '' || line.startsWith('#')) continue
    const sample = parseSample(line)
    const key = keyOf(sample)
    if (series.has(key)) throw new Error(`${key} is there twice`)
    series.add(key)
    const family = familyOf(sample.name, types)
    // All lines of a metric are one group.
    if (families.at(-1) !== family && families.includes(family)) throw new Error(`${family} is in two groups`)
    families.push(family)
    samples.push(sample)
  }
  for (const [name, kind] of types) if (kind === 'histogram') checkHistogram(name, samples)
  return samples
}

/** The identity of a series. */
export const keyOf = ({ name, labels }: Sample): string =>
  `${name}${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`

function parseSample(line: string): Sample {
  const [, name, text = '', value = ''] = SAMPLE.exec(line) ?? []
  if (name === undefined) throw new Error(`not a sample: ${line}`)
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  for (let at = 0; at < text.length; at = LABEL.lastIndex) {
    const [, key, own] = LABEL.exec(text) ?? []
    if (key === undefined || key in labels) throw new Error(`not a list of labels: ${line}`)
    labels[key] = own!
  }
  return { name, labels, value: numberOf(value) }
}

function numberOf(text: string): number {
  const number = /^[+-]?Inf$/.test(text) ? Number(text.replace('Inf', 'Infinity')) : Number(text)
  if (Number.isNaN(number) && text !== 'NaN') throw new Error(`not a number: ${text}`)
  return number
}

function familyOf(name: string, types: ReadonlyMap<string, string>): string {
  const base = name.replace(/_(bucket|sum|count)$/, '')
  return types.get(base) === 'histogram' || types.get(base) === 'summary' ? base : name
}

/** The buckets of a histogram are cumulative, and the one for `+Inf` is its count. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const buckets = new Map<string, Sample[]>()
  for (const sample of samples) {
    if (sample.name !== `${name}_bucket`) continue
    const { le: _, ...labels } = sample.labels
    const key = keyOf({ ...sample, name, labels })
    buckets.set(key, [...(buckets.get(key) ?? []), sample])
  }
  const keys = (part: string) =>
    samples.filter((one) => one.name === `${name}_${part}`).map((one) => keyOf({ ...one, name }))
  for (const part of ['sum', 'count'])
    if (keys(part).sort().join() !== [...buckets.keys()].sort().join())
      throw new Error(`the series of ${name}_${part} are not those of its buckets`)
  for (const [key, list] of buckets) {
    const ordered = [...list].sort((a, b) => numberOf(a.labels.le!) - numberOf(b.labels.le!))
    for (const [i, { value }] of ordered.entries())
      if (i > 0 && value < ordered[i - 1]!.value) throw new Error(`the buckets of ${key} are not cumulative`)
    const last = ordered.at(-1)!
    const count = samples.find((one) => one.name === `${name}_count` && keyOf({ ...one, name }) === key)
    if (last.labels.le !== '+Inf' || last.value !== count!.value)
      throw new Error(`the count of ${key} is not that of its bucket +Inf`)
  }
}
