import {escapeLine} from '../base/printable.ts'
import type {EngineInstallation} from './install-engine.ts'

/** An installation for a terminal: its version, folder and origin, and what comes next. */
export function installationText({engine, version, folder, origin, installed}: EngineInstallation): string {
  const state = installed ? 'is installed' : 'is installed already (--force installs it again)'
  return [
    `${engine} ${version} ${state}: ${escapeLine(folder, 300)}, ${origin}`,
    `next: svft engine list, or engine: ${engine} in a recipe`,
  ].join('\n')
}
