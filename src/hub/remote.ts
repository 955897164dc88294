import type {Remote} from '../download/remote.ts'
import {refusal} from './refusal.ts'
import type {HubSettings} from './settings.ts'

/** The hub as a server of a repository's files. */
export function hubRemote(settings: HubSettings, repository: string): Remote {
  const {endpoint, token, pauseMs, idleMs} = settings
  return {
    name: 'the hub',
    home: endpoint,
    authorization: token && `Bearer ${token}`,
    pauseMs,
    idleMs,
    refusal: response => refusal(response, `${endpoint}/${repository}`, settings),
    advice: {
      offline:
        'where there is no network, HF_HUB_OFFLINE=1 uses what is cached, HF_ENDPOINT names a mirror, and a recipe may name a folder or file of this machine',
      instead: 'another HF_ENDPOINT',
    },
  }
}
