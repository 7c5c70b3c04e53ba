-- mod_calpresence: lays what calendars say over the presence that this server sends.
--
-- A component says "alice: show dnd with these texts until T"; from then on every presence that the
-- server sends for alice to somebody who sees her by subscription says so. Her own clients, strangers
-- and rooms get what she set herself. session.presence is never touched, so nothing has to be
-- repaired, whatever ends first: the meeting, the component or this module.
--
-- docs/SERVER-MODULE.md of calpresence has the protocol and the two options. MIT licence.

local st, jid, datetime = require "util.stanza", require "util.jid", require "util.datetime";
local now = require "util.time".now;
local load_roster = require "core.rostermanager".load_roster;

local NS = "urn:calpresence:server:1";
local BATCH, BATCH_BYTES = 100, 65536; -- clients and their texts in one stanza of the snapshot
local MAX = 500;            -- persons or watchers in one iq
local MAX_TEXT = 1023;      -- bytes of a status
local MAX_LANG = 35;        -- bytes of a language tag
local MAX_TEXTS = 50;       -- statuses of a presence or an overlay
local MAX_OVERLAYS = 50000;
local MAX_ASKED = 200000;   -- answers about watchers that are kept for one component
local SLICE = 0.02;         -- seconds of work before the server's other users get their turn
local REACH = { chat = 0, [""] = 1, away = 2, xa = 3, dnd = 4 };

local host, users, post = module.host, prosody.hosts[module.host].sessions, prosody.core_post_stanza;
module:add_feature(NS);

-- Options may change while the server runs.
local function lease() return math.max(module:get_option_number("calpresence_lease", 120), 1); end
local function allowed(component) return module:get_option_set("calpresence_components", {}):contains(component); end

local overlays, count = {}, 0; -- username -> { show, texts, key, till, timer, since, owner, round }
local peers = {};              -- a component's JID -> what "hello" makes below

-- Work in slices ---------------------------------------------------------------------------------

-- Two thousand people whose meetings begin at once are a hundred thousand stanzas, and so is one
-- person with as many contacts. A step does a little of it; it returns true when all is done.
local steps, first, last, working = {}, 1, 0, false;

local function work()
	local pause = now() + SLICE;
	while first <= last do
		local good, done = pcall(steps[first]);
		if not good then module:log("error", "A step failed: %s", done); end
		if done then steps[first] = nil; first = first + 1; end
		if now() > pause then return 0.001; end
	end
	working = false;
end

local function do_later(step)
	last = last + 1;
	steps[last] = step;
	if not working then working = true; module:add_timer(0, work); end
end

local function do_all_now()
	while first <= last do work(); end
end

-- What contacts see ------------------------------------------------------------------------------

-- Of the own presence p under the overlay o: the show, and the key of o's texts where these replace
-- hers. The less reachable show wins; her own "dnd" keeps its text.
local function merge(p, o)
	local own = p:get_child_text("show") or "";
	if not o then return own; end
	return REACH[o.show] > (REACH[own] or 1) and o.show or own, own ~= "dnd" and o.texts[1] and o.key or nil;
end

local function lay(p, o)
	local seen, show, replace = st.clone(p), merge(p, o);
	seen:remove_children("show");
	if show ~= "" then seen:text_tag("show", show); end
	if replace then
		seen:remove_children("status");
		seen.attr["xml:lang"] = nil; -- it was of her texts
		for _, t in ipairs(o.texts) do seen:text_tag("status", t[2], { ["xml:lang"] = t[1] }); end
	end
	local delay = seen:get_child("delay", "urn:xmpp:delay"); -- in answers to probes
	if delay and (delay.attr.stamp or "") < o.since then delay.attr.stamp = o.since; end
	return seen;
end

local function subscribed(roster, to)
	local item = roster and roster[to];
	return item and (item.subscription == "both" or item.subscription == "from");
end

-- Each presence of a session to somebody else comes by here, once for each recipient: broadcast,
-- answer to a probe, approval, directed presence. Below mod_blocklist's -1, so that what gets here
-- would really be sent.
local laid = setmetatable({}, { __mode = "k" }); -- origin -> the last copy
local function outbound(event)
	local origin, p = event.origin, event.stanza;
	if origin.type ~= "c2s" or p.attr.type or not p.attr.to then return; end
	if origin.calpresence_asks then origin.calpresence_passed = true; return true; end
	local o = overlays[origin.username];
	if not o or not subscribed(origin.roster, jid.bare(p.attr.to)) then return; end
	local copy = laid[origin];
	if not copy or copy.p ~= p or copy.n ~= #p.tags or copy.o ~= o then
		copy = { p = p, n = #p.tags, o = o, seen = lay(p, o) };
		laid[origin] = copy;
	end
	copy.seen.attr.to = p.attr.to;
	post(origin, copy.seen);
	return true;
end
for _, kind in ipairs { "bare", "full", "host" } do module:hook("pre-presence/"..kind, outbound, -10); end

local before = {};     -- username -> the overlay that contacts know of (or false), while a step of hers waits
local in_doubt = {};   -- what stands there when they know different ones
local telling = {};    -- username -> true while some of her contacts know the new one

-- The step that says a person's presence again to those contacts for whom that changes something.
local function tell(username)
	local contacts, at, old;
	local copies = {}; -- session -> its presence, and who sends it
	return function ()
		if not contacts then
			contacts, at, old = {}, 0, before[username];
			before[username], telling[username] = nil, true;
			for _, s in pairs(users[username] and users[username].sessions or {}) do
				for contact in pairs(s.roster or {}) do if contact then table.insert(contacts, contact); end end
				break; -- all sessions have one roster
			end
		end
		at = at + 1;
		local contact = contacts[at];
		if not contact then telling[username] = nil; return true; end
		for _, s in pairs(users[username] and users[username].sessions or {}) do
			local p, o = s.presence, overlays[username];
			if p and subscribed(s.roster, contact) then
				local show, texts = merge(p, o);
				local show_before, texts_before = merge(p, old ~= in_doubt and old or nil);
				if old == in_doubt or show ~= show_before or texts ~= texts_before then
					local copy = copies[s];
					if not copy or copy.of ~= p then
						-- mod_blocklist answers each presence for a blocked contact with an
						-- error; she has not sent this one.
						copy = { of = p, p = st.clone(p):remove_children("delay", "urn:xmpp:delay"),
							quiet = setmetatable({ send = function () end }, { __index = s }) };
						copies[s] = copy;
					end
					copy.p.attr.to = contact;
					post(copy.quiet, copy.p, true);
				end
			end
		end
	end
end

local function put(username, o)
	local old = overlays[username];
	if before[username] == nil then
		before[username] = telling[username] and in_doubt or old or false;
		do_later(tell(username));
	end
	if old and old.timer then old.timer:stop(); end
	count = count + (o and 1 or 0) - (old and 1 or 0);
	overlays[username] = o;
end

local function end_in_time(username, o)
	o.timer = module:add_timer(math.max(o.till - now(), 0), function () put(username, nil); end);
end

-- What a component hears -------------------------------------------------------------------------

local function send(peer, children)
	if peers[peer.jid] ~= peer or not peer.session.send then return; end -- gone, and not yet back
	peer.seq = peer.seq + 1;
	local message = st.message { from = host, to = peer.jid }:tag("feed", { xmlns = NS, seq = tostring(peer.seq) });
	for _, child in ipairs(children) do message:add_child(child); end
	peer.session.send(message:reset());
end

-- Cut so that no character of more than one byte is left in part.
local function cut(text)
	return #text <= MAX_TEXT and text or (text:sub(1, MAX_TEXT):gsub("[\192-\255][\128-\191]*$", ""));
end

-- A client as its owner set it, and the bytes of its texts.
local function client(s, p)
	local priority = math.max(-128, math.min(math.floor(tonumber(p:get_child_text("priority")) or 0), 127));
	local e = st.stanza("client", { xmlns = NS, jid = s.full_jid, priority = ("%d"):format(priority) });
	local show, bytes, texts = p:get_child_text("show"), 0, 0;
	if show and show ~= "" and REACH[show] then e:text_tag("show", show); end
	for status in p:childtags("status") do
		local text, lang = cut(status:get_text() or ""), status.attr["xml:lang"] or p.attr["xml:lang"];
		texts, bytes = texts + 1, bytes + #text;
		if texts > MAX_TEXTS then break; end
		e:text_tag("status", text, { ["xml:lang"] = lang and #lang <= MAX_LANG and lang or nil });
	end
	return e, bytes;
end

-- Own presence, as its owner set it; a lost session comes by here, too. A client to which the
-- snapshot has not come is left to it.
module:hook("presence/bare", function (event)
	local s, p = event.origin, event.stanza;
	if s.type ~= "c2s" or p.attr.to then return; end
	for _, peer in pairs(peers) do
		if not peer.unsent[s] and not p.attr.type then
			send(peer, { (client(s, p)) });
		elseif not peer.unsent[s] and p.attr.type == "unavailable" and s.presence then
			send(peer, { st.stanza("gone", { xmlns = NS, jid = s.full_jid }) });
		end
	end
end, 1); -- just before mod_presence

local function snapshot(peer)
	module:add_timer(0, function ()
		if not peer.todo or peers[peer.jid] ~= peer then return; end
		local batch, size = {}, 0;
		while #batch < BATCH and size < BATCH_BYTES and #peer.todo > 0 do
			local s = table.remove(peer.todo);
			peer.unsent[s] = nil;
			if s.presence then
				local e, bytes = client(s, s.presence);
				batch[#batch + 1], size = e, size + bytes;
			end
		end
		if #peer.todo == 0 then peer.todo = nil; batch[#batch + 1] = st.stanza("end", { xmlns = NS }); end
		send(peer, batch);
		return 0.001;
	end);
end

-- Who may see whom -------------------------------------------------------------------------------

-- Returns what says whether the server would send a presence of hers to a watcher: "true" or "false"
-- as the roster has it, or "blocked" where a stanza does not go all the way to outbound() (and no
-- further), so that mod_blocklist, mod_firewall and whatever else drops presence has its say.
-- Nothing where the roster cannot be read: that is no word about anybody.
local function eyes_for(username)
	local roster, from = load_roster(username, host), username.."@"..host;
	if not roster or roster[false] and roster[false].broken then return; end
	return function (watcher)
		local question = { type = "c2s", username = username, host = host, full_jid = from, roster = roster,
			log = module._log, send = function () end, calpresence_asks = true };
		local passed = pcall(post, question, st.presence { from = from, to = watcher }, true) and question.calpresence_passed;
		return not passed and "blocked" or subscribed(roster, watcher) and "true" or "false";
	end
end

local function add_answer(e, watcher, answer, once)
	e:tag("watcher", { jid = watcher, sees = tostring(answer == "true"),
		blocked = answer == "blocked" and "true" or nil, once = once }):up();
end

-- Pushes what changed of the answers given about a user, behind whatever is just being done: of the
-- one about a watcher (bare JID), or of all.
local doubted = {}; -- username -> watcher, or "all" -> true, while that waits
local function doubt(username, watcher)
	local mine, is_asked = doubted[username], false;
	for _, peer in pairs(peers) do
		local asked = peer.asked[username];
		is_asked = is_asked or asked and (not watcher or asked[watcher] ~= nil);
	end
	if not is_asked or mine and (mine.all or mine[watcher]) then return; end
	if mine then mine[watcher or "all"] = true; return; end
	mine = { [watcher or "all"] = true };
	doubted[username] = mine;
	local questions, sees;
	do_later(function ()
		if not questions then
			doubted[username], questions = nil, {};
			for _, peer in pairs(peers) do
				for about in pairs(mine.all and peer.asked[username] or mine) do
					table.insert(questions, { peer = peer, watcher = about });
				end
			end
			sees = eyes_for(username);
		end
		local changed = {};
		for _ = 1, sees and math.min(#questions, BATCH) or 0 do
			local question = table.remove(questions);
			local peer, about = question.peer, question.watcher;
			local asked = peer.asked[username];
			local answer = asked and asked[about] and sees(about);
			if answer and asked[about] ~= answer then
				asked[about] = answer;
				changed[peer] = changed[peer] or st.stanza("sees", { xmlns = NS, jid = username.."@"..host });
				add_answer(changed[peer], about, answer);
			end
		end
		for peer, e in pairs(changed) do send(peer, { e }); end
		return not sees or #questions == 0;
	end);
end
for _, hook in ipairs { "pre-presence/bare", "pre-presence/full", "presence/bare", "presence/full" } do
	module:hook(hook, function (event)
		local attr = event.stanza.attr;
		if not attr.to or not attr.type or not attr.type:find("subscribe", 1, true) then return; end
		for her, him in pairs { [attr.from] = attr.to, [attr.to] = attr.from } do
			local username, at = jid.split(her);
			if username and at == host then doubt(username, jid.bare(him)); end
		end
	end, 1);
end
for _, hook in ipairs { "jabber:iq:roster:query", "urn:xmpp:blocking:block", "urn:xmpp:blocking:unblock" } do
	module:hook("iq/self/"..hook, function (event)
		if event.stanza.attr.type ~= "set" then return; end
		local items = event.stanza.tags[1].tags;
		if #items > BATCH then items = {}; end
		for _, item in ipairs(items) do -- a domain is all of its people
			local node, at = jid.prepped_split(item.attr.jid);
			doubt(event.origin.username, node and node.."@"..at);
		end
		if #items == 0 then doubt(event.origin.username); end
	end, 1);
end
module:hook_global("user-deleted", function (event) if event.host == host then doubt(event.username); end end);

-- What a component says --------------------------------------------------------------------------

local function handle(kind, name, answer)
	module:hook("iq-"..kind.."/host/"..NS..":"..name, function (event)
		local session, iq = event.origin, event.stanza;
		local from, payload = iq.attr.from, iq.tags[1];
		local peer, reply = peers[from], st.reply(iq):tag(name, { xmlns = NS });
		if session.type ~= "component" or session.host ~= from or not allowed(from) then
			reply = st.error_reply(iq, "auth", "forbidden");
		elseif name ~= "hello" and not (peer and peer.session == session) then
			reply = st.error_reply(iq, "wait", "unexpected-request", "hello comes first");
		elseif #payload.tags > MAX then
			reply = st.error_reply(iq, "modify", "policy-violation", "more than "..MAX.." in one iq");
		else
			if peer then peer.heard = now(); end
			local wrong = answer(peer, payload, reply, session);
			if wrong then reply = st.error_reply(iq, "modify", wrong); end
		end
		session.send(reply);
		return true;
	end);
end

handle("set", "hello", function (old, _, reply, session)
	local peer = { jid = session.host, session = session, heard = now(), round = (old and old.round or 0) + 1,
		seq = 0, asked = {}, asked_count = 0, todo = {}, unsent = {} };
	peers[peer.jid] = peer;
	for _, user in pairs(users) do
		for _, s in pairs(user.sessions) do
			if s.presence then table.insert(peer.todo, s); peer.unsent[s] = true; end
		end
	end
	snapshot(peer);
	local attr = reply.tags[1].attr;
	attr.version, attr.server, attr["server-version"] = "1", "Prosody", prosody.version;
	attr.lease, attr.max = tostring(lease()), tostring(MAX);
	for _, ability in ipairs { "overlays", "clients", "sees" } do reply:tag("ability", { name = ability }):up(); end
end);

-- Returns why not.
local function set_overlay(peer, person)
	local username, at, resource = jid.prepped_split(person.attr.jid);
	local show, till = person.attr.show, datetime.parse(person.attr["until"]);
	if not username or at ~= host or resource then return "jid"; end
	local old, o = overlays[username], nil;
	if show then
		if not REACH[show] or show == "" then return "show"; end
		if not till then return "until"; end
		if not old and count >= MAX_OVERLAYS then return "full"; end
		o = { show = show, texts = {}, key = "", till = till, since = datetime.datetime(), owner = peer.jid,
			round = peer.round };
		for status in person:childtags("status") do
			local lang, text = status.attr["xml:lang"], status:get_text() or "";
			if #text > MAX_TEXT or #(lang or "") > MAX_LANG or #o.texts == MAX_TEXTS then return "status"; end
			table.insert(o.texts, { lang, text });
			o.key = o.key..(lang or "").."\0"..text.."\0";
		end
	end
	if o and till <= now() then o = nil; end
	if not o and old and old.owner ~= peer.jid then return; end -- another component's
	if o and old and o.show == old.show and o.key == old.key then o.since = old.since; end
	if o or old then put(username, o); end
	if o then end_in_time(username, o); end
end

handle("set", "overlays", function (peer, payload, reply)
	-- It goes, and may come back soon.
	local shorter = tonumber(payload.attr.lease);
	if shorter and shorter >= 1 then peer.lease = shorter; end
	for person in payload:childtags("person") do
		local reason = set_overlay(peer, person);
		if reason then reply:tag("failed", { jid = person.attr.jid, reason = reason }):up(); end
	end
	for username, o in pairs(payload.attr.complete == "true" and overlays or {}) do
		if o.owner == peer.jid and o.round ~= peer.round then put(username, nil); end -- not said since the hello
	end
end);

handle("get", "sees", function (peer, payload, reply)
	local username, at = jid.prepped_split(payload.attr.jid);
	if not username or at ~= host then return "bad-request"; end
	reply.tags[1].attr.jid = username.."@"..host;
	local sees, asked = eyes_for(username), peer.asked[username] or {};
	if not sees then return "internal-server-error"; end
	for w in payload:childtags("watcher") do
		local watcher = jid.bare(jid.prep(w.attr.jid));
		local answer = watcher and sees(watcher) or "false";
		local kept = not watcher or asked[watcher] ~= nil or peer.asked_count < MAX_ASKED;
		if watcher and kept then
			if asked[watcher] == nil then peer.asked_count = peer.asked_count + 1; end
			asked[watcher], peer.asked[username] = answer, asked;
		end
		add_answer(reply, w.attr.jid, answer, not kept and "true" or nil);
	end
end);

-- Life -------------------------------------------------------------------------------------------

module:add_timer(1, function ()
	for name, peer in pairs(peers) do
		local silent = now() - peer.heard > math.min(peer.lease or lease(), lease()); -- it has died, or its connection has
		if silent or not allowed(name) then
			module:log("warn", "%s %s: its overlays are taken away", name,
				silent and "is not heard of any more" or "is not allowed any more");
			peers[name] = nil;
			for username, o in pairs(overlays) do
				if o.owner == name then put(username, nil); end
			end
		end
	end
	return 1;
end);

module.save = function ()
	do_all_now();
	for _, o in pairs(overlays) do o.timer:stop(); o.timer = nil; end
	return { overlays = overlays, count = count, peers = peers };
end
module.restore = function (saved)
	overlays, count, peers = saved.overlays or {}, saved.count or 0, saved.peers or {};
	for username, o in pairs(overlays) do end_in_time(username, o); end
	for _, peer in pairs(peers) do snapshot(peer); end
end
module.unload = function ()
	if module.reloading then return; end
	for username in pairs(overlays) do put(username, nil); end
	do_all_now();
	for _, peer in pairs(peers) do send(peer, { st.stanza("bye", { xmlns = NS }) }); end
end
