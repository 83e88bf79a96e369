/** What the plugin knows of an order beside Vendure itself. */

import { type DeepPartial, VendureEntity } from '@vendure/core';
import { Column, Entity, Index } from 'typeorm';
import type { Consent } from './options';

@Entity('homing_basket')
export class HomingBasket extends VendureEntity {
  constructor(input?: DeepPartial<HomingBasket>) {
    super(input);
  }

  /** The order's code, by which Homing knows the basket. */
  @Index({ unique: true })
  @Column({ type: 'varchar', length: 191 })
  code!: string;

  /** The number of the latest telling. It begins with the time, so that it grows even where this table was lost. */
  @Column({
    type: 'bigint',
    default: 0,
    transformer: { to: (value) => value, from: (value) => Number(value) },
  })
  version!: number;

  /** Who took that number: of two processes only one did. */
  @Column({ type: 'varchar', length: 36, nullable: true })
  teller!: string | null;

  /** The cart at Homing, `crt_…`. */
  @Index()
  @Column({ type: 'varchar', length: 40, nullable: true })
  cart!: string | null;

  /** The code of the order that a link brought back into this one. */
  @Column({ type: 'varchar', length: 191, nullable: true })
  restoredFrom!: string | null;

  /** Whether a link has brought a cart into it. */
  @Column({ type: Boolean, default: false })
  isByLink!: boolean;

  /** The intent token that the storefront's snippet has shown. */
  @Column({ type: 'varchar', length: 64, nullable: true })
  intent!: string | null;

  @Column({ type: 'simple-json', nullable: true })
  consent!: Consent | null;

  /** Homing knows that it was bought: there is nothing more to tell. */
  @Column({ type: Boolean, default: false })
  isOrdered!: boolean;
}
