import { build } from '../../tsup.base.ts'

export default build({
  index: 'src/index.ts',
  runtime: 'src/runtime/index.ts',
  testing: 'src/testing/index.ts',
})
