// How a changelog reads: what changed, with a link to the commit that says why; and which of our packages came along.
// The one of changesets repeats "Updated dependencies" for each change; the one for GitHub asks the network.

const { repository } = require('../packages/core/package.json')
const commits = repository.url.replace(/^git\+|\.git$/g, '').concat('/commit/')

const link = (commit) => (commit ? ` ([${commit.slice(0, 7)}](${commits}${commit}))` : '')

module.exports = {
  async getReleaseLine({ summary, commit }) {
    const [first, ...rest] = summary.trimEnd().split('\n')
    return [`- ${first}${link(commit)}`, ...rest.map((line) => `  ${line}`.trimEnd())].join('\n')
  },
  async getDependencyReleaseLine(_changesets, updated) {
    if (updated.length === 0) return ''
    const packages = updated.map(({ name, newVersion }) => `${name} ${newVersion}`)
    return `- Uses ${packages.sort().join(', ')}.`
  },
}
