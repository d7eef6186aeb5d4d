// Copies the reference app into the package. What a package manager would leave out or misread goes by another name.

import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { copyTree, pinVersions, stored } from '../dist/index.js'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const versionOf = (name) => {
  const folder = name === 'create-myfy' ? name : name.replace('@myfy/', '')
  return JSON.parse(readFileSync(at(`../../${folder}/package.json`), 'utf8')).version
}

rmSync(at('../template'), { recursive: true, force: true })
copyTree(at('../../../apps/starter'), at('../template'), {
  rename: stored,
  change: (path, content) => (path === 'package.json' ? pinVersions(content, versionOf) : content),
})
