/** nginx as a peer: one process in the foreground, access log on, keep-alive to the origin server. */

export function nginxConfig(facts: { directory: string; site: string; port: number; originPort: number }): string {
  const { directory, site, port, originPort } = facts;
  return `
daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 4096; }
http {
  include /etc/nginx/mime.types;
  access_log ${directory}/nginx-access.log combined buffer=32k flush=1s;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  keepalive_requests 10000;
  sendfile on;
  open_file_cache max=1000;
  upstream origin { server 127.0.0.1:${originPort}; keepalive 64; keepalive_requests 1000000; }
  server { listen 127.0.0.1:${port}; server_name site.example.com; root ${site}; }
  server {
    listen 127.0.0.1:${port};
    server_name api.example.com;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`;
}
