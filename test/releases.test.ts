// The files that a release reads are valid. registry.test.ts makes a complete release.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import getReleasePlan from '@changesets/get-release-plan'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const folders = readdirSync(join(root, 'packages'))
const manifests = folders.map((folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(join(root, `packages/${folder}/package.json`), 'utf8')),
}))

test('every changeset can be read, and names only packages that are published', async () => {
  const written = readdirSync(join(root, '.changeset')).filter((file) => file.endsWith('.md'))
  const { changesets } = await getReleasePlan(root)
  expect(changesets.map(({ id }) => `${id}.md`).sort()).toEqual(written.sort())
  const published = manifests.map(({ manifest }) => manifest.name)
  for (const { id, releases, summary } of changesets) {
    expect(summary, id).not.toBe('')
    for (const { name } of releases) expect(published, id).toContain(name)
  }
})

test.each(manifests)(
  '$folder names the repository that provenance is checked against, and is public',
  ({ folder, manifest }) => {
    expect(manifest.repository).toEqual({
      type: 'git',
      url: 'git+https://github.com/myfy/myfy.git',
      directory: `packages/${folder}`,
    })
    expect(manifest.publishConfig.access).toBe('public')
    expect(JSON.stringify(manifest.publishConfig.exports)).not.toContain('@myfy/source')
  },
)

test.each(folders)(
  'the API report of %s does not depend on the names that a build gives its chunks',
  (folder) => {
    // A public type that mentions an unexported one from a shared chunk puts the chunk's file name, a hash, in the report.
    expect(readFileSync(join(root, `packages/${folder}/etc/${folder}.api.md`), 'utf8')).not.toMatch(
      /dist\/.*\.d\.ts/,
    )
  },
)

describe('the workflows', () => {
  const files = ['.github/workflows', 'apps/starter/.github/workflows'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((file) => join(folder, file)),
  )
  const workflow = (file: string) => readFileSync(join(root, file), 'utf8')

  test.each(files)('%s pins every action to a commit, and names its version', (file) => {
    const used = [...workflow(file).matchAll(/uses: (.+)/g)].map(([, action]) => action)
    expect(used.length).toBeGreaterThan(0)
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/)
  })

  test.each(files)('%s declares its permissions, and keeps no credentials after the checkout', (file) => {
    const text = workflow(file)
    expect(text).toMatch(/^permissions:/m)
    const checkouts = text.match(/uses: actions\/checkout/g) ?? []
    expect(text.match(/persist-credentials: false/g)).toHaveLength(checkouts.length)
  })

  test('grant the right to write only to the job that publishes, which runs no tests', () => {
    for (const file of files.filter((one) => !one.endsWith('release.yml')))
      expect(workflow(file)).not.toMatch(/: write\b/)
    const [before = '', publish = ''] = workflow('.github/workflows/release.yml').split('  publish:\n')
    expect(before).not.toMatch(/: write\b/)
    expect(publish).toMatch(/contents: write/)
    expect(publish).toMatch(/id-token: write/)
    expect(publish).not.toMatch(/pnpm (?:check|test)|vitest/)
    expect(publish).toContain('install --frozen-lockfile --ignore-scripts')
  })

  test('publish with a provenance statement', () => {
    expect(workflow('.github/workflows/release.yml')).toMatch(
      /publish: pnpm release\n(?:.*\n)* {10}NPM_CONFIG_PROVENANCE: "true"/,
    )
  })
})
