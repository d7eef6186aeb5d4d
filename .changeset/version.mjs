// `pnpm version-packages`: writes the versions and the changelogs that the changesets ask for.
//
// create-myfy carries the reference app, whose package.json asks for our packages by range. No dependency says so, for
// `npm create` must not install them. When a release leaves such a range, create-myfy is released as well: otherwise a new
// project would get an old @myfy/di beside the one that a newer @myfy/core brings.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import getReleasePlan from '@changesets/get-release-plan'
import semver from 'semver'

const root = fileURLToPath(new URL('..', import.meta.url))
const { dependencies, devDependencies } = JSON.parse(
  readFileSync(`${root}/apps/starter/package.json`, 'utf8'),
)
const asked = { ...dependencies, ...devDependencies }

const { releases } = await getReleasePlan(root)
const leaving = releases.filter(
  ({ name, type, oldVersion, newVersion }) =>
    type !== 'none' && asked[name] && !semver.satisfies(newVersion, `^${oldVersion}`),
)
if (leaving.length > 0 && !releases.some(({ name, type }) => name === 'create-myfy' && type !== 'none')) {
  const versions = leaving.map(({ name, newVersion }) => `${name} ${newVersion}`).join(', ')
  writeFileSync(
    `${root}/.changeset/template-ranges.md`,
    `---\n'create-myfy': patch\n---\n\nA new project asks for ${versions}.\n`,
  )
}

const changesets = createRequire(import.meta.url).resolve('@changesets/cli/bin.js')
process.exitCode =
  spawnSync(process.execPath, [changesets, 'version'], { cwd: root, stdio: 'inherit' }).status ?? 1
