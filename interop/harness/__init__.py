"""What every interop suite shares: reporting, a server to talk to, and a working directory."""
