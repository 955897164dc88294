#!/usr/bin/env node
import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {execute, settings} from '@oclif/core'

// A clone has sources only, and installing runs no scripts: the first command compiles them. The manifest comes last.
const manifest = fileURLToPath(new URL('../oclif.manifest.json', import.meta.url))
if (!existsSync(manifest)) await import('../scripts/build.mjs')

process.stdout.on('error', error => process.exit(error.code === 'EPIPE' ? 0 : 74))
settings.enableAutoTranspile = false // what runs is dist, whatever NODE_ENV says

await execute({dir: import.meta.url})
