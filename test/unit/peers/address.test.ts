import { describe, expect, test } from 'vitest'
import { parsePeerAddress } from '../../../src/peers/address.js'

describe('an address becomes host:port', () => {
  test.each([
    ['http://192.168.0.5:5000', '192.168.0.5:5000'],
    ['192.168.0.5:5000', '192.168.0.5:5000'],
    ['http://192.168.0.5:5000/', '192.168.0.5:5000'],
    ['  http://192.168.0.5:5000\n', '192.168.0.5:5000'],
    ['localhost:5001', 'localhost:5001'],
    ['localhost', 'localhost:80'],
    ['http://localhost', 'localhost:80'],
    ['example.org:80', 'example.org:80'],
    ['http://example.org:8080', 'example.org:8080'],
    ['EXAMPLE.org:5000', 'example.org:5000'],
    ['HTTP://example.org:5000', 'example.org:5000'],
    ['my-node.local:5000', 'my-node.local:5000'],
    ['my-node.local.:5000', 'my-node.local.:5000'],
    ['raspberry_pi:5000', 'raspberry_pi:5000'],
    ['bücher.example:5000', 'xn--bcher-kva.example:5000'],
    ['[::1]:5000', '[::1]:5000'],
    ['http://[2001:DB8::0:1]:5000', '[2001:db8::1]:5000'],
    ['[::1]', '[::1]:80'],
    ['10.1:5000', '10.0.0.1:5000'],
    ['192.168.0.5:65535', '192.168.0.5:65535'],
  ])('%j is %s', (text, address) => {
    expect(parsePeerAddress(text)).toBe(address)
  })

  test('what it gives it also takes', () => {
    for (const address of ['192.168.0.5:5000', 'localhost:80', '[::1]:80']) {
      expect(parsePeerAddress(address)).toBe(address)
    }
  })
})

describe('bad-address', () => {
  test.each([
    ['', 'a host and a port cannot be read from it'],
    ['   ', 'a host and a port cannot be read from it'],
    [':5000', 'a host and a port cannot be read from it'],
    ['::1', 'a host and a port cannot be read from it'],
    ['2001:db8::1:5000', 'a host and a port cannot be read from it'],
    ['[::1', 'a host and a port cannot be read from it'],
    ['host name:5000', 'white space'],
    ['host\t:5000', 'white space'],
    ['\x01http://192.168.0.5:5000', 'control character'],
    ['192.168.0.5:5000\x00', 'control character'],
    ['192.168.0.5:5000\x85', 'white space or a control'],
    [`http://${'a'.repeat(300)}:1`, 'too long'],
    ['256.1.1.1:5000', 'a host and a port cannot be read from it'],
    ['192.168.0.5:65536', 'a host and a port cannot be read from it'],
    ['192.168.0.5:port', 'a host and a port cannot be read from it'],
    ['192.168.0.5:-1', 'a host and a port cannot be read from it'],
    ['http://', 'a host and a port cannot be read from it'],
    ['https://192.168.0.5:5000', 'nodes speak http, not https'],
    ['ftp://192.168.0.5', 'nodes speak http, not ftp'],
    ['file:///etc/passwd', 'nodes speak http, not file'],
    ['http://alice:secret@192.168.0.5:5000', 'leave out the name and password'],
    ['alice@192.168.0.5:5000', 'leave out the name and password'],
    ['http://:secret@192.168.0.5:5000', 'leave out the name and password'],
    ['http://192.168.0.5:5000/chain', 'leave out what follows the port'],
    ['@192.168.0.5:5000', 'leave out the name and password'],
    ['http://:@192.168.0.5:5000', 'leave out the name and password'],
    ['192.168.0.5:5000?', 'leave out what follows the port'],
    ['192.168.0.5:5000#', 'leave out what follows the port'],
    ['192.168.0.5:5000//', 'leave out what follows the port'],
    ['192.168.0.5:5000/.', 'leave out what follows the port'],
    ['192.168.0.5:5000\\', 'leave out what follows the port'],
    ['http:///192.168.0.5:5000', 'leave out what follows the port'],
    ['http:\u0345//http://192.168.0.5:5000', 'a host and a port cannot be read from it'],
    ['http:/192.168.0.5:5000', 'leave out what follows the port'],
    ['://192.168.0.5:5000', 'a host and a port cannot be read from it'],
    ['192.168.0.5:5000/chain', 'leave out what follows the port'],
    ['192.168.0.5:5000\\chain', 'leave out what follows the port'],
    ['192.168.0.5:5000?a=b', 'leave out what follows the port'],
    ['192.168.0.5:5000#chain', 'leave out what follows the port'],
    ['.:5000', 'a part of the name is empty'],
    ['．', 'a part of the name is empty'],
    ['.local:5000', 'a part of the name is empty'],
    ['my-node..local:5000', 'a part of the name is empty'],
    ['192.168.0.5:0', 'no node listens on port 0'],
  ])('%j: %s', (text, why) => {
    const refusal = parsePeerAddress(text)
    expect(refusal).toMatchObject({ code: 'bad-address', fault: 'sender' })
    expect((refusal as { message: string }).message).toContain(why)
  })

  test('a name of many characters beyond ASCII is refused before it is read, which takes the square of its length', () => {
    // Read, it takes a minute.
    expect(parsePeerAddress(`a${'\u0301\u0323'.repeat(200_000)}`)).toMatchObject({
      message: expect.stringContaining('too long'),
    })
  })

  test('a long one is shortened in the message', () => {
    const refusal = parsePeerAddress(`https://${'x'.repeat(10_000)}`) as { message: string }
    expect(refusal.message.length).toBeLessThan(200)
  })
})
