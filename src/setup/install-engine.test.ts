import {expect, test} from 'vitest'
import {installationText} from './install-engine.ts'

test('only an engine that was not installed again names the flag that does it', () => {
  const found = {engine: 'openvino', version: '2026.4.1', folder: '/cache', origin: 'installed by svft'}
  const [line] = installationText(found).split('\n')
  expect(line).toBe('openvino 2026.4.1 is installed: /cache, installed by svft')
  expect(installationText({...found, installed: true})).toBe(installationText(found))
  expect(installationText({...found, installed: false})).toContain('is installed already (--force installs it again): ')
})
