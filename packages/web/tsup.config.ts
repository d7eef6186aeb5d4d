import { build } from '../../tsup.base.ts'

export default build({
  index: 'src/index.ts',
  client: 'src/api-client/index.ts',
  testing: 'src/testing/index.ts',
})
