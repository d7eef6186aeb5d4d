// What a release needs, long before somebody releases. The whole way is in registry.test.ts.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import getReleasePlan from '@changesets/get-release-plan'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const folders = readdirSync(join(root, 'packages'))
const manifests = folders.map((folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(join(root, `packages/${folder}/package.json`), 'utf8')),
}))

test('every changeset can be read, and asks only for packages that are published', async () => {
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
  '$folder says what provenance is checked against, and that everybody may have it',
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

test('the workflow that releases proves where the tarballs come from', () => {
  const workflow = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8')
  expect(workflow).toMatch(/^permissions:\n(?: {2}.*\n)* {2}id-token: write/m)
  expect(workflow).toMatch(/publish: pnpm release\n(?:.*\n)* {10}NPM_CONFIG_PROVENANCE: "true"/)
})
