"""The fifteen control messages and packets of enhanced GRE as scapy builds them, a line of hexadecimal each. No two fields of a message are alike."""

from scapy.layers import pptp
from scapy.layers.l2 import GRE_PPTP
from scapy.packet import Raw

MESSAGES = [
    pptp.PPTPStartControlConnectionRequest(
        protocol_version=0x0102, framing_capabilities=1, bearer_capabilities=2, maximum_channels=0x0304,
        firmware_revision=0x0506, host_name="host", vendor_string="vendor"),
    pptp.PPTPStartControlConnectionReply(
        protocol_version=0x0102, result_code=3, error_code=4, framing_capabilities=2, bearer_capabilities=1,
        maximum_channels=0x0506, firmware_revision=0x0708, host_name="H" * 64, vendor_string="V" * 64),
    pptp.PPTPStopControlConnectionRequest(reason=3),
    pptp.PPTPStopControlConnectionReply(result_code=2, error_code=6),
    pptp.PPTPEchoRequest(identifier=0x01020304),
    pptp.PPTPEchoReply(identifier=0x05060708, result_code=2, error_code=1),
    pptp.PPTPOutgoingCallRequest(
        call_id=0x0102, call_serial_number=0x0304, minimum_bps=0x05060708, maximum_bps=0x090a0b0c, bearer_type=2,
        framing_type=3, pkt_window_size=0x0d0e, pkt_proc_delay=0x0f10, phone_number_len=5, phone_number="12345",
        subaddress="sub"),
    pptp.PPTPOutgoingCallReply(
        call_id=0x0102, peer_call_id=0x0304, result_code=5, error_code=6, cause_code=0x0708,
        connect_speed=0x090a0b0c, pkt_window_size=0x0d0e, pkt_proc_delay=0x0f10, channel_id=0x11121314),
    pptp.PPTPIncomingCallRequest(
        call_id=0x0102, call_serial_number=0x0304, bearer_type=1, channel_id=0x05060708, dialed_number_len=3,
        dialing_number_len=4, dialed_number="123", dialing_number="4567", subaddress="sub"),
    pptp.PPTPIncomingCallReply(
        len=24, call_id=0x0102, peer_call_id=0x0304, result_code=3, error_code=5, pkt_window_size=0x0607,
        pkt_transmit_delay=0x0809),
    pptp.PPTPIncomingCallConnected(
        peer_call_id=0x0102, connect_speed=0x03040506, pkt_window_size=0x0708, pkt_transmit_delay=0x090a,
        framing_type=2),
    pptp.PPTPCallClearRequest(call_id=0x0102),
    pptp.PPTPCallDisconnectNotify(
        call_id=0x0102, result_code=3, error_code=4, cause_code=0x0506, call_statistic="in=1 out=2"),
    pptp.PPTPWANErrorNotify(
        peer_call_id=0x0102, crc_errors=1, framing_errors=2, hardware_overruns=3, buffer_overruns=4,
        time_out_errors=5, alignment_errors=6),
    pptp.PPTPSetLinkInfo(peer_call_id=0x0102, send_accm=0x03040506, receive_accm=0x0708090a),
    GRE_PPTP(seqnum_present=1, call_id=0x0102, sequence_number=0x03040506) / Raw(b"frame"),
    GRE_PPTP(seqnum_present=1, acknum_present=1, call_id=0x0102, sequence_number=0x03040506,
             ack_number=0x0708090a) / Raw(b"frame"),
    GRE_PPTP(acknum_present=1, call_id=0x0102, ack_number=0x0708090a),
]

for message in MESSAGES:
    print(bytes(message).hex())
