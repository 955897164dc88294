#!/usr/bin/env node
import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

// A clone has sources only, and installing runs no scripts: the first command compiles them.
const built = new URL('../dist/commands/run.js', import.meta.url)
if (!existsSync(fileURLToPath(built))) await import('../scripts/build.mjs')

process.stdout.on('error', error => process.exit(error.code === 'EPIPE' ? 0 : 74))

const {execute} = await import('@oclif/core')
await execute({dir: import.meta.url})
