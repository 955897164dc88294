// Compiles src to dist and writes oclif.manifest.json, so that no command imports the others when it starts.
// With --declarations, as npm packs it, dist has the library's types as well.
import {spawnSync} from 'node:child_process'
import {rmSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = `${root}/oclif.manifest.json`
rmSync(manifest, {force: true}) // a stale manifest hides new commands
rmSync(`${root}/dist`, {recursive: true, force: true})

// Without checking types, which npm run check does: 4 s instead of 9.
const declarations = process.argv.includes('--declarations')
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const options = ['-p', `${root}/tsconfig.build.json`, '--noCheck', '--declaration', String(declarations)]
const {status} = spawnSync(process.execPath, [tsc, ...options], {stdio: ['ignore', 2, 2]})
if (status !== 0) process.exit(status ?? 1)
if (declarations) {
  const {keepReachable} = await import('./declarations.mjs')
  keepReachable(`${root}/dist`, 'index.d.ts')
}

const {Plugin} = await import('@oclif/core')
const plugin = new Plugin({root, type: 'core', ignoreManifest: true})
await plugin.load()
writeFileSync(manifest, `${JSON.stringify(plugin.manifest, null, 2)}\n`)
