/**
 * What the catalogue knows of a provider: whom to speak BGP with, and which communities make it do what.
 *
 * Why data with a status: providers change their settings; a value says where it was read and when, and `check` can say
 * when it was never verified. Templates hold `$asn` for the network that an action is about.
 */

/** The two encodings of one action; a 32-bit ASN fits into the large one alone (RFC 8092 §1). */
export interface ActionTemplate {
  readonly standard?: string;
  readonly large?: string;
}

export interface ProviderActions {
  readonly avoid?: ActionTemplate;
  /** Announces nowhere but where `exceptFor` says. */
  readonly onlyTo?: { readonly base: string; readonly exceptFor: ActionTemplate };
  readonly prependTo?: Readonly<Record<1 | 2 | 3, ActionTemplate>>;
  readonly resetMedTo?: ActionTemplate;
  readonly exchanges?: Readonly<Record<'none' | 'route-servers-only', string>>;
  readonly noExport?: string;
}

export interface Provider {
  readonly id: string;
  readonly name: string;
  /** The AS that the Internet sees in front of ours. */
  readonly asn: number;
  readonly status: 'verified' | 'unverified' | 'retired';
  /** ISO date on which the values were read at the source. */
  readonly verifiedAt: string;
  readonly sourceUrl: string;
  readonly neighbors: Partial<Readonly<Record<4 | 6, { readonly address: string; readonly asn: number }>>>;
  readonly multihop?: number;
  /** Its sessions are set up with a TCP MD5 password. */
  readonly usesPassword: boolean;
  /** Takes a private customer ASN out of the path, so that copies of it vanish. */
  readonly stripsPrivateAsn: boolean;
  readonly actions: ProviderActions;
  /** Communities of its own that drop traffic. */
  readonly blackholes: readonly string[];
}
