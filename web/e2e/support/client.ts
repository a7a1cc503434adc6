// The API as a script uses it, to set a scene quickly.
export interface Made {
  id: string;
  version: number;
}

export class Client {
  private cookie = '';

  constructor(
    private readonly url: string,
    readonly email: string,
  ) {}

  static async signUp(url: string, email: string): Promise<Client> {
    const client = new Client(url, email);
    await client.send('POST', '/api/users/signup', { email, password });
    return client;
  }

  async send<T = Made>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: { 'Content-Type': 'application/json', Cookie: this.cookie },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    this.cookie = response.headers.get('Set-Cookie')?.split(';')[0] ?? this.cookie;
    return (text ? JSON.parse(text) : undefined) as T;
  }

  sell = (title: string, price: number) => this.send('POST', '/api/tickets', { title, price: price.toFixed(2) });
  edit = (id: string, title: string, price: number) => this.send('PUT', `/api/tickets/${id}`, { title, price: price.toFixed(2) });
  order = (ticketId: string) => this.send('POST', '/api/orders', { ticketId });
  pay = (orderId: string, token = 'tok_visa') => this.send('POST', '/api/payments', { orderId, token });

  get sessionCookie(): { name: string; value: string } {
    const at = this.cookie.indexOf('=');
    return { name: this.cookie.slice(0, at), value: this.cookie.slice(at + 1) };
  }
}

export const password = 'pass word';

let people = 0;
export const newEmail = (name: string) => `${name}.${Date.now().toString(36)}.${++people}@example.com`;
