# Bash can connect, but not listen. This does it: every connection becomes the input and output of the command.
# usage: perl listen.pl PORT COMMAND...
use strict;
use warnings;
use IO::Socket::INET;

my ($port, @command) = @ARGV;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1)
    or die "cannot listen on port $port: $!\n";
$SIG{CHLD} = 'IGNORE';
while (1) {
    my $connection = $server->accept or next;
    next if fork;
    open STDIN,  '<&', $connection or die $!;
    open STDOUT, '>&', $connection or die $!;
    exec @command or die "cannot run $command[0]: $!\n";
}
