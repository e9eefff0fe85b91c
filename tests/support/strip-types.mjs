import { stripTypeScriptTypes } from 'node:module'

// Jest sees what `node file.ts` runs: types blanked out in place, so line and column stay those of the source.
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
}
