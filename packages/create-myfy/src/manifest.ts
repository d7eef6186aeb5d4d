// The versions in the package.json of a template.

interface Manifest {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

/** Replaces `workspace:` ranges by versions. */
export function pinVersions(content: string, versionOf: (name: string) => string): string {
  const manifest = JSON.parse(content) as Manifest
  for (const group of [manifest.dependencies, manifest.devDependencies]) {
    for (const [name, range] of Object.entries(group ?? {})) {
      if (!range.startsWith('workspace:')) continue
      const prefix = range.slice('workspace:'.length)
      group![name] = /^[\^~]$/.test(prefix) ? prefix + versionOf(name) : versionOf(name)
    }
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** Removes development dependencies. */
export function withoutDevDependencies(content: string, names: readonly string[]): string {
  const manifest = JSON.parse(content) as Manifest
  for (const name of names) delete manifest.devDependencies?.[name]
  return `${JSON.stringify(manifest, null, 2)}\n`
}
