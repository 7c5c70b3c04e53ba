#ifndef GATEWAY_AUTH_UUID_H
#define GATEWAY_AUTH_UUID_H

#define UUID_SIZE 37

/* Writes a random UUID (RFC 9562 section 5.4). */
void uuid_write(char out_text[UUID_SIZE]);

#endif
