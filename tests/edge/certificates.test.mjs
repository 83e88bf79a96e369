/** The key of a certificate is found where Node finds it, in certificates that others have made. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { inRoot } from '../../scripts/paths.mjs';
import { certificateOf } from '../fixtures/certificate.mjs';

// Of the worker, whose types are the platform's.
const { isSignedByCertificate, keyOfCertificate } = await import(inRoot('worker/js/platform.js'));

/** As Node reads it. @param {string} pem */
const keyIn = (pem) => new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });

test("the key of every authority that Node trusts is found, and of a certificate of the tests' own", () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 4096 });
  const own = certificateOf(publicKey, 'sns.eu-west-1.amazonaws.com');
  assert.ok(rootCertificates.length > 100);
  for (const pem of [...rootCertificates, own]) {
    assert.deepEqual(Buffer.from(keyOfCertificate(pem)), keyIn(pem));
  }
  // Of several that stand one behind the other the first is meant.
  const chain = `${own}${rootCertificates[0]}`;
  assert.deepEqual(Buffer.from(keyOfCertificate(chain)), keyIn(own));
});

test('what is no certificate has no key, and signs nothing', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = certificateOf(publicKey, 'sns.eu-west-1.amazonaws.com');
  const base64 = pem.replace(/-----[^-]+-----|\s/g, '');
  /** @param {string} text */
  const framed = (text) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
  const bytes = new Uint8Array(256);
  for (const wrong of [
    '',
    'x',
    framed(''),
    framed('!'),
    framed('MIIB'),
    framed(base64.slice(0, 400)),
  ]) {
    assert.equal(await isSignedByCertificate(wrong, 'SHA-256', bytes, bytes), false, wrong);
  }
  assert.equal(await isSignedByCertificate(pem, 'SHA-256', bytes, bytes), false);
});
