/** Calls to Homing, each of which may be repeated as it is. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { HOMING_OPTIONS, type HomingOptions } from './options';

/** How long an answer is waited for, ms. */
const PATIENCE_MS = 15_000;

/** The waits before the same request is sent once more, ms; what takes longer waits in the outbox. */
const WAITS_MS = [300, 1_000];

/** Nobody answered, or was able to: the same may be told later. */
export class Unreachable extends Error {
  constructor(
    reason: string,
    /** What Homing asked for, ms. */
    readonly waitMs?: number,
  ) {
    super(reason);
  }
}

/** Homing has answered, and does not take it. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    /** Homing's stable name of the reason. */
    readonly code: string,
    detail: string,
  ) {
    super(`${status} ${code}: ${detail}`);
  }
}

export interface Call {
  method: 'PUT' | 'POST';
  path: string;
  body: unknown;
  headers: Record<string, string>;
}

@Injectable()
export class Edge {
  @Inject(HOMING_OPTIONS) private readonly options!: HomingOptions;

  /** A call with the secret key; `id` names it, so that a repeat is answered without being done again. */
  asServer<Answer>(path: string, body: unknown, id: string): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${this.options.secretKey}`,
      'idempotency-key': `"${id}"`,
    };
    return this.ask({ method: 'PUT', path, body, headers });
  }

  /** A call as a page of the storefront makes it. */
  asPage<Answer>(path: string, body: object): Promise<Answer> {
    const headers = { origin: this.options.origin };
    const asked = { key: this.options.publishableKey, ...body };
    return this.ask({ method: 'POST', path, body: asked, headers });
  }

  private async ask<Answer>(call: Call): Promise<Answer> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.once(call);
      } catch (error) {
        const wait = WAITS_MS[attempt];
        const isWorthIt = error instanceof Unreachable && (error.waitMs ?? 0) <= (wait ?? 0);
        if (wait === undefined || !isWorthIt) throw error;
        await sleep(wait * (1 + Math.random() / 2));
      }
    }
  }

  private async once<Answer>({ method, path, body, headers }: Call): Promise<Answer> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, this.options.url), {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      text = await response.text();
    } catch (error) {
      throw new Unreachable(String(error));
    }
    const { status } = response;
    const answer = parsed(text);
    if (response.ok && answer) return answer as Answer;
    const code = String(answer?.code ?? 'unknown');
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const isForLater = status >= 500 || status === 429 || code === 'idempotency_in_progress';
    if (isForLater || response.ok) {
      throw new Unreachable(
        `${status} ${code}`,
        Number.isFinite(seconds) ? seconds * 1_000 : undefined,
      );
    }
    throw new Refused(status, code, String(answer?.detail ?? ''));
  }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
