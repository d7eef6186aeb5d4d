// Counts the lines of the tracker by folder, without blank lines and comments: `node scripts/count-lines.mjs`. A folder of
// a feature is about tasks, users or comments, and `data` has their tables; everything else is plumbing, which an
// application writes whatever it is about.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const features = ['attachments', 'comments', 'data', 'digest', 'mail', 'projects', 'tasks', 'users']
const source = fileURLToPath(new URL('../src', import.meta.url))

/** Returns the lines by folder, of features and of plumbing. */
export function countLines() {
  const folders = {}
  for (const name of readdirSync(source, { recursive: true })) {
    if (!statSync(join(source, name)).isFile()) continue
    const folder = name.includes('/') ? name.split('/')[0] : '.'
    const text = readFileSync(join(source, name), 'utf8')
    const lines = text.split('\n').filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line)).length
    folders[folder] = (folders[folder] ?? 0) + lines
  }
  const isFeature = ([folder]) => features.includes(folder)
  const sum = (entries) => entries.reduce((total, [, lines]) => total + lines, 0)
  const entries = Object.entries(folders)
  const plumbing = entries.filter((entry) => !isFeature(entry))
  return { folders, features: sum(entries.filter(isFeature)), plumbing: sum(plumbing), total: sum(entries) }
}

if (import.meta.url === `file://${process.argv[1]}`) console.log(countLines())
