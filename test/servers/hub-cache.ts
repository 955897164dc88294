import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {type Choose, filesLike} from '../../src/hub/choose-files.ts'
import {fetchFound} from '../../src/hub/fetch.ts'
import {findFiles} from '../../src/hub/find-files.ts'
import type {HubSettings} from '../../src/hub/settings.ts'
import {closeLater, openFolder} from '../support/cleanup.ts'
import {type HubServer, openHub, type ServedRepository} from './hub-server.ts'

export interface HubTrial {
  readonly hub: HubServer
  /** Around the cache: nothing may ever appear beside it. */
  readonly folder: string
  readonly settings: HubSettings
  /** What was said of waits. */
  readonly said: string[]
  /** Finds and fetches, and answers the snapshot's folder. */
  fetch(options?: FetchTrialOptions): Promise<string>
  /** Every file below the folder, by its path from there. */
  files(): string[]
}

interface FetchTrialOptions {
  readonly name?: string
  readonly kind?: 'model' | 'dataset'
  readonly revision?: string
  readonly choose?: Choose
  readonly settings?: Partial<HubSettings>
  readonly signal?: AbortSignal
  readonly onBytes?: (bytes: number) => void
}

/** A hub on loopback and an empty cache, both gone when the test file ends. */
export async function openTrial(...repositories: readonly ServedRepository[]): Promise<HubTrial> {
  const hub = await openHub(...repositories)
  closeLater(hub.close)
  const folder = openFolder()
  const settings = {endpoint: hub.url, cache: join(folder, 'cache'), offline: false, pauseMs: 2, idleMs: 2000}
  const said: string[] = []
  return {
    hub,
    folder,
    settings,
    said,
    files: () =>
      readdirSync(folder, {recursive: true, withFileTypes: true})
        .filter(entry => !entry.isDirectory())
        .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
        .sort(),
    async fetch({
      name = 'o/m',
      kind = 'model',
      revision = 'main',
      choose = filesLike('**'),
      settings: own,
      ...rest
    } = {}) {
      const signal = rest.signal ?? new AbortController().signal
      const options = {...rest, signal, settings: {...settings, ...own}, onWait: (text: string) => said.push(text)}
      return fetchFound(await findFiles({kind, name, revision}, choose, options), options)
    },
  }
}

/** Bytes that look random and are the same every time. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}
