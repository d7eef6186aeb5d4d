// The API reference: Markdown from the TSDoc of every public entry point.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { Application, TSConfigReader } from 'typedoc'
import { packageNames, root } from './pages.mjs'

/** Writes one page for each entry point into a folder, and returns the names of the entry points. */
export async function writeApiReference(folder) {
  const entries = packageNames().flatMap(entryPoints)
  const app = await Application.bootstrapWithPlugins(
    {
      entryPoints: entries.map(({ file }) => file),
      tsconfig: join(root, 'tsconfig.json'),
      plugin: ['typedoc-plugin-markdown'],
      name: 'API reference',
      readme: 'none',
      out: folder,
      outputFileStrategy: 'modules',
      entryFileName: 'index',
      hidePageHeader: true,
      hideBreadcrumbs: true,
      disableSources: true,
      excludeInternal: true,
      excludePrivate: true,
      excludeExternals: true,
      skipErrorChecking: true,
      logLevel: 'Warn',
      validation: { notExported: false, invalidLink: true, notDocumented: false },
    },
    [new TSConfigReader()],
  )
  const project = await app.convert()
  if (!project) throw new Error('Cannot write the API reference: TypeDoc cannot read the packages.')
  // TypeDoc names a module after its file.
  const nameOf = new Map(
    entries.map(({ file, name }) => [
      relative(join(root, 'packages'), file)
        .replace(/(\/index)?\.ts$/, '')
        .replaceAll('\\', '/'),
      name,
    ]),
  )
  for (const module of project.children ?? []) module.name = nameOf.get(module.name) ?? module.name
  await app.generateOutputs(project)
  repairAnchors(entries.map(({ name }) => join(folder, `${name}.md`)))
  return entries.map(({ name }) => name)
}

/** Returns the entry points of a package: the name that is imported, and the source file. */
function entryPoints(folder) {
  const directory = join(root, 'packages', folder)
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  return Object.entries(manifest.exports).flatMap(([path, target]) => {
    const source = target['@myfy/source']
    return source ? [{ name: manifest.name + path.slice(1), file: join(directory, source) }] : []
  })
}

/** The plugin numbers the anchor of a name that is declared once, as if it were declared twice. */
function repairAnchors(files) {
  const textOf = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))
  const headingsOf = new Map([...textOf].map(([file, text]) => [file, countHeadings(text)]))
  for (const [file, text] of textOf) {
    const repaired = text.replace(/\(([^()\s#]*)#([\w$]+)-(\d+)\)/g, (link, path, anchor, n) => {
      const headings = headingsOf.get(path === '' ? file : join(dirname(file), path))
      return (headings?.get(anchor) ?? 0) > Number(n) ? link : `(${path}#${anchor})`
    })
    writeFileSync(file, repaired)
  }
}

function countHeadings(text) {
  const headings = new Map()
  for (const [, heading] of text.matchAll(/^#+ ([\w$]+)/gm)) {
    const anchor = heading.toLowerCase()
    headings.set(anchor, (headings.get(anchor) ?? 0) + 1)
  }
  return headings
}
