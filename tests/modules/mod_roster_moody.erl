%% ejabberd's contact lists as Mnesia has them. They cannot be read while there is a file "unreadable", and lack the JID
%% in the file "lost".
-module(mod_roster_moody).
-export([init/2, use_cache/2, read_roster_version/2, write_roster_version/4, get_roster/2, get_roster_item/3,
         read_subscription_and_groups/3, remove_user/2, transaction/2, roster_subscribe/4, update_roster/4, del_roster/3]).

-include("xmpp.hrl").
-include("mod_roster.hrl").

unless_moody(Read) -> case filelib:is_file("unreadable") of true -> error; false -> Read() end.

use_cache(_, _) -> false.
is_lost(JID) -> file:read_file("lost") == {ok, jid:encode(JID)}.
get_roster(U, S) ->
    unless_moody(fun() ->
                         {ok, Items} = mod_roster_mnesia:get_roster(U, S),
                         {ok, [Item || #roster{jid = JID} = Item <- Items, not is_lost(JID)]}
                 end).
read_subscription_and_groups(U, S, JID) ->
    unless_moody(fun() ->
                         case is_lost(JID) of
                             true -> error;
                             false -> mod_roster_mnesia:read_subscription_and_groups(U, S, JID)
                         end
                 end).

init(Host, Opts) -> mod_roster_mnesia:init(Host, Opts).
read_roster_version(U, S) -> mod_roster_mnesia:read_roster_version(U, S).
write_roster_version(U, S, In, Version) -> mod_roster_mnesia:write_roster_version(U, S, In, Version).
get_roster_item(U, S, J) -> mod_roster_mnesia:get_roster_item(U, S, J).
remove_user(U, S) -> mod_roster_mnesia:remove_user(U, S).
transaction(S, F) -> mod_roster_mnesia:transaction(S, F).
roster_subscribe(U, S, J, Item) -> mod_roster_mnesia:roster_subscribe(U, S, J, Item).
update_roster(U, S, J, Item) -> mod_roster_mnesia:update_roster(U, S, J, Item).
del_roster(U, S, J) -> mod_roster_mnesia:del_roster(U, S, J).
