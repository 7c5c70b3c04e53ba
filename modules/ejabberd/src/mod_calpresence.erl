%% mod_calpresence: lays what calendars say over the presence that this server sends.
%%
%% A component says "alice: show dnd with these texts until T"; from then on every presence that
%% her sessions send to somebody who sees her by subscription says so. What she set herself stays
%% in the stanza's meta data: her own clients get that, and so does the component.
%%
%% docs/SERVER-MODULE.md of calpresence has the protocol and the two options. MIT licence.
-module(mod_calpresence).
-behaviour(gen_mod).
-behaviour(gen_server).
-export([start/2, stop/1, reload/3, depends/2, mod_options/1, mod_opt_type/1, mod_doc/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3]).
-export([self_presence/1, again/2, resumed/1, received/1, sent/1, unset/4, subscription/2, removed/2,
         component_sent/1, decode_iq_subel/1, process_iq/1]).
-include("xmpp.hrl"). % by name alone: Debian keeps it under p1_xmpp
-include("mod_roster.hrl").
-include("logger.hrl").

-define(NS, <<"urn:calpresence:server:1">>).
-define(BATCH, 100).     % clients in one stanza
-define(BATCH_BYTES, 65536).
-define(MAX, 500).       % persons or watchers in one iq
-define(MAX_TEXT, 1023). % bytes of a status
-define(MAX_LANG, 35).   % bytes of a language tag
-define(MAX_TEXTS, 50).  % statuses of a presence or an overlay
-define(MAX_OVERLAYS, 50000).
-define(MAX_ASKED, 200000). % answers about watchers that are kept for one component
-define(DAY, 86400000).  % Erlang's timers end at 49 days
-define(PAUSE, 10).      % milliseconds between two slices of work, for the server's other users
-define(PATIENCE, 5000). % a session whose process ended may be resumed by another, which says so

-record(overlay, {user, show, texts, till, timer, owner, round}).
-record(peer, {name, round, seq = 0, asked = #{}, count = 0}). % a component's stream; asked: user -> #{JID => answer}
-record(state, {host, table,
                clients = #{},  % JID -> {SID, monitor, element}: who is available, as they set it
                monitors = #{}, % monitor -> JID
                peers = #{},    % pid of a component's stream -> #peer{}
                heard = #{},    % component -> {when, for how long that counts}
                news = [], length = 0, % elements for the feed, the newest first
                doubts = #{}, % {user, watcher's bare JID or all}: answers that may be others now
                checks = none}). % [{pid of a peer, user, JID}]: those that are being looked at; none: no look is on its way

%%% The module ------------------------------------------------------------------------------------

start(Host, Opts) -> gen_mod:start_child(?MODULE, Host, Opts).
stop(Host) -> gen_mod:stop_child(?MODULE, Host).
reload(_Host, _New, _Old) -> ok. % options are read where they are used
depends(_, _) -> [].
mod_options(_) -> [{components, []}, {lease, 120}].
mod_opt_type(components) -> econf:list(econf:domain());
mod_opt_type(lease) -> econf:pos_int().
mod_doc() -> #{desc => "Shows in people's presence what their calendars say."}.

process(Host) -> gen_mod:get_module_proc(Host, ?MODULE).
option(Host, Name) -> gen_mod:get_module_opt(Host, ?MODULE, Name).

%% Each node of a cluster knows all clients and all overlays.
tell(Host, Message) -> gen_server:abcast(ejabberd_cluster:get_nodes(), process(Host), Message).

hooks(Host) ->
    [{c2s_self_presence, Host, self_presence, 200}, % behind all that add to a presence
     {c2s_handle_info, Host, again, 50}, {c2s_session_resumed, Host, resumed, 50},
     {unset_presence_hook, Host, unset, 50},
     {roster_in_subscription, Host, subscription, 90}, {remove_user, Host, removed, 90}, % behind mod_roster
     {user_receive_packet, Host, received, 90}, {user_send_packet, Host, sent, 90}].
global_hooks() -> [{component_send_packet, global, component_sent, 50}].

init([Host | _]) ->
    process_flag(trap_exit, true),
    Table = ets:new(process(Host), [named_table, {keypos, #overlay.user}, {read_concurrency, true}]),
    [ejabberd_hooks:add(Hook, H, ?MODULE, F, Seq) || {Hook, H, F, Seq} <- hooks(Host) ++ global_hooks()],
    gen_iq_handler:add_iq_handler(ejabberd_local, Host, ?NS, ?MODULE, process_iq),
    [ejabberd_sm:route(jid:make(U, S, R), ?MODULE) || {U, S, R} <- ejabberd_sm:get_vh_session_list(Host)],
    tell(Host, {joined, self()}),
    self() ! lease,
    {ok, #state{host = Host, table = Table}}.

terminate(_, #state{host = Host, table = Table, peers = Peers}) ->
    Laid = [O#overlay.user || O <- ets:tab2list(Table)],
    ets:delete_all_objects(Table),
    Pids = [Pid || U <- Laid, Pid <- poke(Host, U)],
    [try ejabberd_c2s:get_presence(Pid) catch exit:_ -> ended end || Pid <- Pids], % it has done that when it answers
    maps:foreach(fun(Pid, Peer) -> send(Host, Pid, Peer, [#xmlel{name = <<"bye">>}]) end, Peers),
    gen_iq_handler:remove_iq_handler(ejabberd_local, Host, ?NS),
    Shared = case gen_mod:is_loaded_elsewhere(Host, ?MODULE) of true -> []; false -> global_hooks() end,
    [ejabberd_hooks:delete(Hook, H, ?MODULE, F, Seq) || {Hook, H, F, Seq} <- hooks(Host) ++ Shared].

code_change(_, State, _) -> {ok, State}.

%%% What contacts see: in the processes of sessions -------------------------------------------------

reach(chat) -> 0; reach(undefined) -> 1; reach(away) -> 2; reach(xa) -> 3; reach(dnd) -> 4.

overlay(#jid{luser = U, lserver = S}) ->
    try ets:lookup(process(S), U) of [O] -> O; [] -> none catch error:badarg -> none end.

%% The less reachable show wins; her own "dnd" keeps its text.
lay(P, none) -> P;
lay(#presence{show = Own, status = Status, lang = Lang} = P, #overlay{show = Show, texts = Texts}) ->
    {Text, In} = if Own == dnd; Texts == [] -> {Status, Lang}; true -> {Texts, <<>>} end, % hers is of her texts
    Seen = P#presence{show = case reach(Show) > reach(Own) of true -> Show; false -> Own end, status = Text, lang = In},
    xmpp:put_meta(Seen, ?MODULE, {Own, Status, Lang}).

%% What she set herself of a presence that went through lay().
own(P) ->
    case xmpp:get_meta(P, ?MODULE, none) of
        {Show, Status, Lang} -> xmpp:del_meta(P#presence{show = Show, status = Status, lang = Lang}, ?MODULE);
        none -> P
    end.

%% Her own presence, or her last one, which the server says again.
self_presence({#presence{type = available} = P, #{jid := JID} = State}) ->
    here(State, own(P)),
    {lay(own(P), overlay(JID)), State};
self_presence(Acc) -> Acc.

%% Her overlay may have changed: tells those contacts for whom that changes something.
%% ejabberd_c2s:resend_presence() would tell her own clients, too.
again(#{mgmt_state := resumed} = State, ?MODULE) -> {stop, State}; % another process is she now
again(#{pres_last := P, jid := JID, lserver := S} = State, ?MODULE) ->
    here(State, own(P)),
    Seen = lay(own(P), overlay(JID)),
    Roster = ejabberd_hooks:run_fold(roster_get, S, [], [{JID#jid.luser, S}]),
    case [J || #roster_item{jid = J, subscription = Sub} <- Roster, Sub == both orelse Sub == from,
               what(P) /= what(Seen),
               allow == ejabberd_hooks:run_fold(privacy_check_packet, S, allow, [State, xmpp:set_to(Seen, J), out])] of
        [] -> {stop, State#{pres_last => Seen}};
        To ->
            ejabberd_router_multicast:route_multicast(JID, S, To, Seen, false),
            {stop, State#{pres_last => Seen, pres_timestamp => erlang:timestamp()}}
    end;
again(State, ?MODULE) -> {stop, State}; % not available
again(State, _) -> State.

what(#presence{show = Show, status = Status}) -> {Show, Status}.

%% Another process has her session now; an overlay may have come between.
resumed(State) -> {stop, State1} = again(State, ?MODULE), State1.

%% Her own clients get her own words. A push to them may mean that others see her now, or no longer.
received({#presence{from = #jid{luser = U, lserver = S}} = P, #{jid := #jid{luser = U, lserver = S}} = State}) ->
    {own(P), State};
received({#iq{type = set, from = #jid{luser = U, lserver = S, lresource = <<>>}} = Push,
          #{jid := #jid{luser = U, lserver = S}}} = Acc) ->
    tell(S, {doubt, U, pushed(xmpp:encode(Push))}),
    Acc;
received(Acc) -> Acc.

%% The bare JIDs in a push of a contact list or a block list. A domain is all of its people, and so is a list by its
%% name alone (XEP-0016), or all who were blocked.
pushed(#xmlel{children = [#xmlel{children = Els} | _]}) ->
    case lists:usort([bare(attr(<<"jid">>, E)) || #xmlel{name = <<"item">>} = E <- Els]) of
        [] -> [all];
        Watchers -> case lists:member(all, Watchers) of true -> [all]; false -> Watchers end
    end;
pushed(_) -> [all].

%% A watcher as answers are kept under; all for a domain, and for what is no JID.
bare(JID) ->
    try jid:decode(JID) of
        #jid{luser = <<>>} -> all;
        Watcher -> key(Watcher)
    catch error:_ -> all end.

key(Watcher) -> jid:encode(jid:tolower(jid:remove_resource(Watcher))).

%% Directed presence: who sees her anyway sees the same; strangers and rooms get her own words.
sent({#presence{type = available, from = #jid{luser = U} = From, to = #jid{luser = V, lserver = T} = To} = P,
      #{lserver := S} = State} = Acc) when {U, S} /= {V, T} ->
    O = overlay(From),
    case O /= none andalso sees(U, S, To) == true of true -> {lay(P, O), State}; false -> Acc end;
sent(Acc) -> Acc.

here(#{jid := JID, sid := SID, lserver := S}, #presence{show = Show, status = Status, priority = Priority, lang = Lang}) ->
    Texts = [el(<<"status">>, [{<<"xml:lang">>, L}], [{xmlcdata, cut(T)}])
             || #text{lang = Own, data = T} <- lists:sublist(Status, ?MAX_TEXTS),
                L <- [case Own of <<>> -> Lang; _ -> Own end], byte_size(L) =< ?MAX_LANG],
    Shows = [el(<<"show">>, [], [{xmlcdata, atom_to_binary(Show, utf8)}]) || Show /= undefined],
    Number = integer_to_binary(case Priority of undefined -> 0; _ -> Priority end),
    Client = el(<<"client">>, [{<<"jid">>, jid:encode(JID)}, {<<"priority">>, Number}], Shows ++ Texts),
    tell(S, {here, jid:tolower(JID), SID, Client}).

%% Without a part of a character at its end.
cut(T) when byte_size(T) =< ?MAX_TEXT -> T;
cut(T) ->
    case unicode:characters_to_binary(binary:part(T, 0, ?MAX_TEXT)) of
        {incomplete, Whole, _} -> Whole;
        Whole -> Whole
    end.

unset(U, S, R, _Status) -> tell(S, {gone, jid:tolower(jid:make(U, S, R)), self()}).

subscription(Acc, #presence{from = From, to = #jid{luser = U, lserver = S}}) -> tell(S, {doubt, U, [key(From)]}), Acc.

removed(U, S) -> tell(S, {doubt, U, [all]}).

%% true, false, or blocked: the roster's word, and that of all who drop presence.
sees(U, S, Watcher) ->
    P = #presence{from = jid:make(U, S), to = Watcher},
    case ejabberd_hooks:run_fold(privacy_check_packet, S, allow, [P#presence.from, P, out]) of
        allow ->
            {Sub, _, _} = ejabberd_hooks:run_fold(roster_get_jid_info, S, {none, none, []}, [U, S, Watcher]),
            Sub == both orelse Sub == from;
        deny -> blocked
    end.

%% The same of several watchers, with what was answered before (or none). Where mod_roster cannot read a contact list it
%% takes her for somebody without contacts, and remembers that: before an answer becomes "false" her list itself is read,
%% and where that fails nothing is answered.
answers(U, S, Before) ->
    Now = maps:map(fun(J, _) -> sees(U, S, jid:decode(J)) end, Before),
    Lost = maps:filter(fun(J, Yes) -> Yes == false andalso map_get(J, Before) /= false end, Now),
    case map_size(Lost) > 0 andalso gen_mod:is_loaded(S, mod_roster) of
        false -> Now;
        true ->
            {ok, Items} = (gen_mod:db_mod(S, mod_roster)):get_roster(U, S),
            maps:merge(Now, maps:from_list([{J, true} || #roster{jid = JID, subscription = Sub} <- Items,
                                                        Sub == both orelse Sub == from,
                                                        J <- [jid:encode(JID)], is_map_key(J, Lost)]))
    end.

%%% What a component says ---------------------------------------------------------------------------

%% Only its own stream can put this into a stanza; "from" may be anybody's claim.
component_sent({#iq{} = Iq, #{remote_server := Name} = State}) -> {xmpp:put_meta(Iq, ?MODULE, Name), State};
component_sent(Acc) -> Acc.

decode_iq_subel(Element) -> Element.

process_iq(#iq{from = From, to = #jid{lserver = Host}} = Iq) -> % in the process of the component's stream
    Name = xmpp:get_meta(Iq, ?MODULE, none),
    case From == jid:make(Name) andalso lists:member(Name, option(Host, components)) of
        true -> gen_server:cast(process(Host), {iq, self(), Name, Iq}), ignore;
        false -> xmpp:make_error(Iq, xmpp:err_forbidden())
    end.

%% The result's attributes and children, and the new state; or an error.
answer(set, #xmlel{name = <<"hello">>}, Pid, Peer, #state{host = Host, peers = Peers} = State0) ->
    is_map_key(Pid, Peers) orelse monitor(process, Pid),
    State = heard(Peer#peer.name, option(Host, lease), State0),
    {[{<<"version">>, <<"1">>}, {<<"server">>, <<"ejabberd">>}, {<<"server-version">>, ejabberd_option:version()},
      {<<"lease">>, integer_to_binary(option(Host, lease))}, {<<"max">>, integer_to_binary(?MAX)}],
     [el(<<"ability">>, [{<<"name">>, A}], []) || A <- [<<"overlays">>, <<"clients">>, <<"sees">>]],
     State#state{peers = Peers#{Pid => Peer}}};
answer(set, #xmlel{name = <<"overlays">>, children = Els} = El, _, Peer, #state{host = Host} = State) ->
    Persons = [person(E, Host, Peer) || #xmlel{name = <<"person">>} = E <- Els],
    Complete = attr(<<"complete">>, El) == <<"true">>,
    State1 = heard(Peer#peer.name, lease(El, Host), % it may say that it goes, and comes back soon
                   say(Peer#peer.name, [O || #overlay{} = O <- Persons], Complete andalso Peer#peer.round, State)),
    {[], [el(<<"failed">>, [{<<"jid">>, J}, {<<"reason">>, Why}], []) || {J, Why} <- Persons], State1};
answer(get, #xmlel{name = <<"sees">>, children = Els} = El, Pid, Peer, #state{host = Host, peers = Peers} = State) ->
    case user(El, Host) of
        error -> xmpp:err_bad_request();
        U ->
            Asked = [{J, watcher(J)} || #xmlel{name = <<"watcher">>} = E <- Els, J <- [attr(<<"jid">>, E)]],
            Answers = answers(U, Host, maps:from_list([{W, none} || {_, W} <- Asked, W /= error])),
            {Watchers, Peer1} =
                lists:mapfoldl(fun({J, W}, P) ->
                                       Yes = maps:get(W, Answers, false),
                                       case W == error orelse keep(U, W, Yes, P) of
                                           P1 = #peer{} -> {watcher_el({J, Yes}), P1};
                                           full -> {once(watcher_el({J, Yes})), P};
                                           true -> {watcher_el({J, Yes}), P}
                                       end
                               end, Peer, Asked),
            {[{<<"jid">>, jid:encode({U, Host, <<>>})}], Watchers, State#state{peers = Peers#{Pid := Peer1}}}
    end;
answer(_, _, _, _, _) -> xmpp:err_bad_request().

%% Keeps an answer, so that a change can be pushed.
keep(U, J, Yes, #peer{asked = Asked, count = Count} = Peer) ->
    case Asked of
        #{U := #{J := _} = Mine} -> Peer#peer{asked = Asked#{U := Mine#{J := Yes}}};
        _ when Count >= ?MAX_ASKED -> full;
        #{U := Mine} -> Peer#peer{asked = Asked#{U := Mine#{J => Yes}}, count = Count + 1};
        _ -> Peer#peer{asked = Asked#{U => #{J => Yes}}, count = Count + 1}
    end.

%% No change of this answer will be pushed.
once(#xmlel{attrs = Attrs} = El) -> El#xmlel{attrs = Attrs ++ [{<<"once">>, <<"true">>}]}.

attr(Name, El) -> fxml:get_tag_attr_s(Name, El).
el(Name, Attrs, Children) -> #xmlel{name = Name, attrs = Attrs, children = Children}.

user(El, Host) ->
    try jid:decode(attr(<<"jid">>, El)) of
        #jid{luser = U, lserver = Host, lresource = <<>>} when U /= <<>> -> U;
        _ -> error
    catch error:_ -> error end.

%% An overlay (without a show it takes away), or {JID, why not}.
person(El, Host, #peer{name = Owner, round = Round}) ->
    Texts = [#text{lang = attr(<<"xml:lang">>, T), data = fxml:get_tag_cdata(T)}
             || #xmlel{name = <<"status">>} = T <- El#xmlel.children],
    Till = try {M, S, _} = xmpp_util:decode_timestamp(attr(<<"until">>, El)), (M * 1000000 + S) * 1000 catch error:_ -> none end,
    Shows = #{<<"chat">> => chat, <<"away">> => away, <<"xa">> => xa, <<"dnd">> => dnd},
    Good = length(Texts) =< ?MAX_TEXTS andalso
        lists:all(fun(#text{lang = L, data = T}) -> byte_size(T) =< ?MAX_TEXT andalso byte_size(L) =< ?MAX_LANG end, Texts),
    case {user(El, Host), fxml:get_tag_attr(<<"show">>, El)} of
        {error, _} -> {attr(<<"jid">>, El), <<"jid">>};
        {U, false} -> #overlay{user = U, owner = Owner};
        {_, {value, Show}} when not is_map_key(Show, Shows) -> {attr(<<"jid">>, El), <<"show">>};
        _ when Till == none -> {attr(<<"jid">>, El), <<"until">>};
        _ when not Good -> {attr(<<"jid">>, El), <<"status">>};
        {U, {value, Show}} ->
            Full = ets:info(process(Host), size) >= ?MAX_OVERLAYS andalso not ets:member(process(Host), U),
            if Full -> {attr(<<"jid">>, El), <<"full">>};
               true -> #overlay{user = U, show = maps:get(Show, Shows), texts = Texts, till = Till, owner = Owner,
                                round = Round}
            end
    end.

watcher(J) -> try key(jid:decode(J)) catch error:_ -> error end.
watcher_el({J, blocked}) -> el(<<"watcher">>, [{<<"jid">>, J}, {<<"sees">>, <<"false">>}, {<<"blocked">>, <<"true">>}], []);
watcher_el({J, Yes}) -> el(<<"watcher">>, [{<<"jid">>, J}, {<<"sees">>, atom_to_binary(Yes, utf8)}], []).

%%% The process: all that is said and heard has one order ---------------------------------------------

handle_call(_, _, State) -> {reply, ok, State, 0}.

handle_cast({iq, Pid, Name, #iq{type = Type, sub_els = [El]} = Iq}, State0) ->
    #state{peers = Peers} = State = flush(State0), % which counts on in the feed
    Peer = maps:get(Pid, Peers, none),
    Hello = El#xmlel.name == <<"hello">>,
    {Result, State2} =
        if Peer == none, not Hello -> {xmpp:make_error(Iq, xmpp:err_unexpected_request()), State};
           length(El#xmlel.children) > ?MAX -> {xmpp:make_error(Iq, xmpp:err_policy_violation()), State};
           true ->
                New = #peer{name = Name, round = {node(), erlang:unique_integer()}},
                try answer(Type, El, Pid, if Hello -> New; true -> Peer end, State) of
                    {Attrs, Children, State1} ->
                        {xmpp:make_iq_result(Iq, El#xmlel{attrs = [{<<"xmlns">>, ?NS} | Attrs], children = Children}),
                         say(Name, [], false, State1)};
                    Error -> {xmpp:make_error(Iq, Error), State}
                catch Class:Reason:Trace ->
                    ?ERROR_MSG("An answer to ~ts failed: ~p", [Name, {Class, Reason, Trace}]),
                    {xmpp:make_error(Iq, xmpp:err_internal_server_error()), State}
                end
        end,
    Pid ! {route, Result}, % not by the router: ejabberd may know several streams by this name
    noreply(if Hello, Result#iq.type == result -> snapshot(Pid, State2); true -> State2 end);
handle_cast({said, Name, Overlays, Round}, State) -> noreply(said(Name, Overlays, Round, State));
handle_cast({here, JID, {_, Pid} = SID, El}, #state{clients = Clients, monitors = Monitors} = State) ->
    case Clients of
        #{JID := {SID, _, El}} -> noreply(State);
        #{JID := {SID, Ref, _}} -> news(El, State#state{clients = Clients#{JID := {SID, Ref, El}}});
        #{JID := {Later, _, _}} when Later > SID -> noreply(State); % its place was taken
        _ ->
            Ref = monitor(process, Pid),
            State1 = State#state{clients = Clients#{JID => {SID, Ref, El}}, monitors = Monitors#{Ref => JID}},
            case Clients of
                #{JID := {_, _, El}} -> noreply(State1); % resumed
                _ -> news(El, State1)
            end
    end;
handle_cast({gone, JID, Pid}, #state{clients = Clients, monitors = Monitors} = State) ->
    case Clients of
        #{JID := {{_, Pid}, Ref, #xmlel{attrs = [Full | _]}}} ->
            demonitor(Ref, [flush]),
            news(el(<<"gone">>, [Full], []),
                 State#state{clients = maps:remove(JID, Clients), monitors = maps:remove(Ref, Monitors)});
        _ -> noreply(State) % another session is this client now
    end;
handle_cast({doubt, U, Watchers}, #state{doubts = Doubts, checks = Checks, peers = Peers} = State) ->
    case [{U, W} || W <- Watchers, #peer{asked = #{U := Asked}} <- maps:values(Peers), W == all orelse is_map_key(W, Asked)] of
        [] -> noreply(State);
        News ->
            Checks == none andalso gen_server:cast(self(), check),
            noreply(State#state{checks = if Checks == none -> []; true -> Checks end,
                                doubts = maps:merge(Doubts, maps:from_list([{New, true} || New <- News]))})
    end;
handle_cast(check, #state{doubts = Doubts, checks = []} = State) when map_size(Doubts) == 0 -> noreply(State#state{checks = none});
handle_cast(check, #state{doubts = Doubts, checks = [], peers = Peers} = State) ->
    Checks = [{Pid, U, W} || {Pid, #peer{asked = Asked}} <- maps:to_list(Peers), {U, Whom} <- maps:keys(Doubts),
                             W <- case Whom of all -> maps:keys(maps:get(U, Asked, #{})); _ -> [Whom] end],
    handle_cast(check, State#state{doubts = #{}, checks = lists:usort(Checks)});
handle_cast(check, #state{checks = Checks} = State) ->
    {Now, Then} = lists:split(min(?BATCH, length(Checks)), Checks),
    erlang:send_after(?PAUSE, self(), check),
    noreply(lists:foldl(fun check/2, State#state{checks = Then}, by_user(Now)));
handle_cast({joined, Pid}, #state{table = Table} = State) when Pid /= self() -> % another node
    [gen_server:cast(Pid, {said, O#overlay.owner, [O], false}) || O <- ets:tab2list(Table)],
    noreply(State);
handle_cast(_, State) -> noreply(State).

handle_info(timeout, State) -> {noreply, flush(State)};
handle_info({'DOWN', Ref, process, Pid, _}, #state{monitors = Monitors, peers = Peers} = State) ->
    case Monitors of
        #{Ref := JID} -> erlang:send_after(?PATIENCE, self(), {gone, JID, Pid}), noreply(State);
        _ -> noreply(State#state{peers = maps:remove(Pid, Peers)})
    end;
handle_info({gone, _, _} = Gone, State) -> handle_cast(Gone, State);
handle_info({doubt, _, _} = Doubt, State) -> handle_cast(Doubt, State);
handle_info(check, State) -> handle_cast(check, State);
handle_info({timeout, Timer, {till, U}}, #state{table = Table} = State) ->
    case ets:lookup(Table, U) of [#overlay{timer = Timer} = O] -> set(State, O); _ -> replaced end,
    noreply(State);
handle_info(lease, #state{host = Host, table = Table, heard = Heard, peers = Peers} = State) ->
    erlang:send_after(1000, self(), lease),
    Allowed = option(Host, components),
    Lost = [Name || {Name, {At, Lease}} <- maps:to_list(Heard),
                    now_ms() - At > min(Lease, option(Host, lease)) * 1000 orelse not lists:member(Name, Allowed)],
    [?WARNING_MSG("~ts is not heard of or not allowed any more: its overlays are taken away", [Name]) || Name <- Lost],
    [drop(State, O) || Lost /= [], O <- ets:tab2list(Table), lists:member(O#overlay.owner, Lost)],
    noreply(State#state{heard = maps:without(Lost, Heard),
                        peers = maps:filter(fun(_, #peer{name = N}) -> not lists:member(N, Lost) end, Peers)});
handle_info(_, State) -> noreply(State).

now_ms() -> erlang:system_time(millisecond).
noreply(State) -> {noreply, State, 0}. % the feed goes out when there is nothing else to do, or enough of it
news(El, #state{news = News, length = N} = State) when N < ?BATCH -> noreply(State#state{news = [El | News], length = N + 1});
news(El, State) -> news(El, flush(State)).

%% What a component said holds here before it is answered, and at the other nodes soon.
say(Name, Overlays, Round, #state{host = Host} = State) ->
    gen_server:abcast(ejabberd_cluster:get_nodes() -- [node()], process(Host), {said, Name, Overlays, Round}),
    said(Name, Overlays, Round, State).

%% With a round, overlays of earlier ones are taken away.
said(Name, Overlays, Round, #state{table = Table} = State) ->
    [set(State, O) || O <- Overlays],
    [drop(State, O) || Round /= false, O <- ets:tab2list(Table), O#overlay.owner == Name, O#overlay.round /= Round],
    heard(Name, same, State).

%% Counts as alive for so many seconds, or as many as before.
heard(Name, same, #state{host = Host, heard = Heard} = State) ->
    {_, Lease} = maps:get(Name, Heard, {0, option(Host, lease)}),
    heard(Name, Lease, State);
heard(Name, Lease, #state{heard = Heard} = State) -> State#state{heard = Heard#{Name => {now_ms(), Lease}}}.

lease(El, Host) ->
    try max(1, min(binary_to_integer(attr(<<"lease">>, El)), option(Host, lease))) catch error:badarg -> same end.

drop(State, #overlay{user = U, owner = Owner}) -> set(State, #overlay{user = U, owner = Owner}).

%% Puts an overlay; one without a show, or whose time is over, takes away what its owner has put.
set(#state{host = Host, table = Table}, #overlay{user = U, show = Show, till = Till, owner = Owner} = O) ->
    Before = ets:lookup(Table, U),
    case Show == undefined orelse Till =< now_ms() of
        true -> ets:match_delete(Table, #overlay{user = U, owner = Owner, _ = '_'});
        false -> ets:insert(Table, O#overlay{timer = erlang:start_timer(max(0, min(Till - now_ms(), ?DAY)), self(), {till, U})})
    end,
    [erlang:cancel_timer(Timer) || #overlay{timer = Timer} <- Before, ets:lookup(Table, U) /= Before],
    seen(Before) == seen(ets:lookup(Table, U)) orelse poke(Host, U).

seen([#overlay{show = Show, texts = Texts}]) -> {Show, Texts};
seen([]) -> none.

%% Other nodes' sessions are those nodes' business.
poke(Host, U) -> [begin Pid ! ?MODULE, Pid end || {_, Pid} <- ejabberd_sm:get_session_sids(U, Host), node(Pid) == node()].

%%% The feed ------------------------------------------------------------------------------------------

send(Host, Pid, #peer{name = Name, seq = Seq} = Peer, Els) ->
    Feed = el(<<"feed">>, [{<<"xmlns">>, ?NS}, {<<"seq">>, integer_to_binary(Seq + 1)}], Els),
    Pid ! {route, #message{from = jid:make(Host), to = jid:make(Name), sub_els = [Feed]}},
    Peer#peer{seq = Seq + 1}.

send_all(_, _, Peer, []) -> Peer;
send_all(Host, Pid, Peer, Els) ->
    {Now, Then} = batch(Els, ?BATCH, ?BATCH_BYTES, []),
    send_all(Host, Pid, send(Host, Pid, Peer, Now), Then).

batch([El | Els], N, Bytes, Now) when N > 0, Bytes > 0 -> batch(Els, N - 1, Bytes - erlang:external_size(El), [El | Now]);
batch(Els, _, _, Now) -> {lists:reverse(Now), Els}.

flush(#state{host = Host, news = News, peers = Peers} = State) ->
    Send = fun(Pid, Peer) -> send_all(Host, Pid, Peer, lists:reverse(News)) end,
    State#state{news = [], length = 0, peers = maps:map(Send, Peers)}.

by_user(Checks) ->
    maps:to_list(lists:foldl(fun({Pid, U, W}, All) ->
                                     maps:update_with({Pid, U}, fun(Ws) -> [W | Ws] end, [W], All)
                             end, #{}, Checks)).

%% Pushes what changed of these answers about a user.
check({{Pid, U}, Watchers}, #state{host = Host, peers = Peers} = State) ->
    case Peers of
        #{Pid := #peer{asked = #{U := Mine} = Asked} = Peer} ->
            Before = maps:with(Watchers, Mine),
            Now = try answers(U, Host, Before)
                  catch Class:Reason:Trace ->
                      ?ERROR_MSG("Who sees ~ts could not be found out: ~p", [U, {Class, Reason, Trace}]),
                      erlang:send_after(?PATIENCE, self(), {doubt, U, Watchers}),
                      Before
                  end,
            Peer1 = Peer#peer{asked = Asked#{U := maps:merge(Mine, Now)}},
            Changed = [watcher_el(W) || W <- maps:to_list(Now) -- maps:to_list(Before)],
            State#state{peers = Peers#{Pid := pushes(U, Host, Pid, Peer1, Changed)}};
        _ -> State % gone meanwhile, or it has said hello again
    end.

pushes(_, _, _, Peer, []) -> Peer;
pushes(U, Host, Pid, Peer, Changed) ->
    {Now, Then} = batch(Changed, ?BATCH, ?BATCH_BYTES, []),
    El = el(<<"sees">>, [{<<"jid">>, jid:encode({U, Host, <<>>})}], Now),
    pushes(U, Host, Pid, send(Host, Pid, Peer, [El]), Then).

snapshot(Pid, #state{host = Host, clients = Clients, peers = Peers} = State) ->
    Els = [El || {_, _, El} <- maps:values(Clients)] ++ [#xmlel{name = <<"end">>}],
    State#state{peers = maps:update_with(Pid, fun(Peer) -> send_all(Host, Pid, Peer, Els) end, Peers)}.
