// Renders results.json as Markdown. Pure: test/results.test.ts renders again and compares the committed files.

/** The documents that contain figures, each between `<!-- bench:… -->` and `<!-- /bench:… -->`. */
export const documents = ['README.md', 'docs/why-not.md']

/** The order of the sections. */
const order = [
  'di',
  'http',
  'drain',
  'reload',
  'boot',
  'cli',
  'core',
  'client',
  'compression',
  'upload',
  'auth',
  'observation',
]
const bench = (name) => `npm run bench -- ${name}`

export function renderResults(results) {
  const names = [
    ...order.filter((name) => name in results),
    ...Object.keys(results).filter((name) => !order.includes(name)),
  ]
  return `${[
    '# Results',
    '<!-- Written by bench/report.mjs after each run, from results.json. Do not edit: `npm run bench -- render` overwrites it. -->',
    'Each benchmark measures myfy and its peers together in one run, in interleaved rounds. A figure is the median; a ratio is computed within a round. Summary:',
    summary(results, names),
    '“Leads” and “behind” compare with the best peer of the same run; a difference of up to 2 % is “even”.',
    ...names.map((name) => renderSection(name, results[name])),
  ].join('\n\n')}\n`
}

export function renderSection(name, section) {
  const { title, mode, date, commit, seconds, node, machine, packages, tables, notes } = section
  const peers = Object.entries(packages).map(([peer, version]) => `${peer} ${version}`)
  return [
    `<!-- ${name} -->`,
    `## ${name}: ${title}`,
    `${mode === 'quick' ? '**Quick run**' : 'Full run'} (\`${bench(name)}${mode === 'quick' ? ' --quick' : ''}\`, ${seconds} s) of ${date} UTC, commit ${commit}. Node ${node}; ${machine}.${peers.length > 0 ? ` ${peers.join(', ')}.` : ''}`,
    ...tables.flatMap(({ title, columns, rows }) => [...(title ? [title] : []), table(columns, rows)]),
    ...notes,
    `<!-- /${name} -->`,
  ].join('\n\n')
}

function summary(results, names) {
  return table(
    ['bench', 'measured', 'myfy', 'target', 'best peer', '', ''],
    names.flatMap((name) =>
      results[name].standing.map((one, i) => [
        i === 0
          ? `[${name}](#${anchor(`${name}: ${results[name].title}`)})${results[name].mode === 'quick' ? ' (quick)' : ''}`
          : '',
        one.what,
        `**${value(one.ours, one.unit)}**`,
        one.target === undefined
          ? ''
          : `${one.better === 'lower' ? '≤' : '≥'} ${value(one.target, one.unit)}`,
        bestWords(one),
        verdict(one),
        reached(one),
      ]),
    ),
  )
}

/** Fills the blocks of a document. */
export function renderDocument(text, results) {
  const blocks = { headlines: () => headlines(results), rivals: () => rivals(results) }
  return text.replace(/(<!-- bench:(\w+) -->)[\s\S]*?(<!-- \/bench:\2 -->)/g, (whole, open, name, close) =>
    blocks[name] ? `${open}\n\n${blocks[name]()}\n\n${close}` : whole,
  )
}

/** Five rows: the main result of each benchmark. */
function headlines(results) {
  const rows = order
    .slice(0, 5)
    .filter((name) => results[name]?.standing.length > 0)
    .map((name) => {
      const [one] = results[name].standing
      return [
        one.what,
        `**${value(one.ours, one.unit)}**`,
        bestWords(one),
        peerValue(one, (peer) => /nest/i.test(peer)),
        verdict(one),
      ]
    })
  return `${table(['', 'myfy', 'best other', 'NestJS', ''], rows)}\n\n${origin(results, order.slice(0, 5))}`
}

/** The dates, modes and machines of the benchmarks in a table. */
function origin(results, names) {
  const sections = names.filter((name) => name in results).map((name) => results[name])
  const distinct = (pick) => [...new Set(sections.map(pick))].sort().join(' and ')
  return `Measured ${distinct(({ date }) => date.slice(0, 10))} in ${distinct(({ mode }) => mode)} runs on Node ${distinct(({ node }) => node)}, ${distinct(({ machine }) => machine)}.`
}

/** Every result that includes NestJS, Fastify or Effect. */
function rivals(results) {
  const wanted = [/nest/i, /^fastify/i, /^effect/i]
  const rows = order
    .filter((name) => name in results)
    .flatMap((name) => results[name].standing)
    .filter((one) =>
      Object.keys(one.peers ?? {}).some((peer) => wanted.some((pattern) => pattern.test(peer))),
    )
    .map((one) => [
      `${one.what}${one.better === 'lower' ? '' : ' (more is better)'}`,
      `**${value(one.ours, one.unit)}**`,
      ...wanted.map((pattern) => peerValue(one, (peer) => pattern.test(peer))),
      bestWords(one),
    ])
  return `${table(['', 'myfy', 'NestJS', 'Fastify', 'Effect', 'best other'], rows)}\n\n${origin(results, order)}`
}

const peerValue = ({ peers = {}, unit }, matches) => {
  const peer = Object.keys(peers).find(matches)
  return peer === undefined ? '' : value(peers[peer], unit)
}

function best({ peers = {}, better }) {
  const known = Object.entries(peers).filter(([, figure]) => typeof figure === 'number')
  const ranked = known.sort(([, a], [, b]) => (better === 'lower' ? a - b : b - a))
  return ranked[0] ?? Object.entries(peers)[0]
}

function bestWords(one) {
  const found = best(one)
  return found ? `${value(found[1], one.unit)} (${found[0]})` : ''
}

export function verdict(one) {
  const found = best(one)
  if (!found) return ''
  if (typeof found[1] !== 'number') return typeof one.ours === 'number' ? 'leads' : 'even'
  if (typeof one.ours !== 'number') return '**behind**'
  const gain = one.better === 'lower' ? found[1] - one.ours : one.ours - found[1]
  if (Math.abs(gain) <= 0.02 * Math.max(Math.abs(found[1]), Math.abs(one.ours))) return 'even'
  return gain > 0 ? 'leads' : '**behind**'
}

function reached({ target, better, ours }) {
  if (target === undefined) return ''
  return typeof ours === 'number' && (better === 'lower' ? ours <= target : ours >= target)
    ? 'met'
    : '**missed**'
}

/** `3` with `ms` is `3 ms`; with `×`, `3×`. Text is unchanged. */
function value(figure, unit) {
  if (typeof figure !== 'number') return figure ?? ''
  const digits = Number.isInteger(figure) || figure >= 100 ? 0 : figure < 10 ? 2 : 1
  const text = figure.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return unit ? `${text}${/^[×%]/.test(unit) ? '' : ' '}${unit}` : text
}

export function table(columns, rows) {
  return [
    `| ${columns.join(' | ')} |`,
    `| ${columns.map((_, i) => (i === 0 ? '---' : '---:')).join(' | ')} |`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n')
}

/** Returns the anchor that GitHub generates for a heading. */
export const anchor = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
