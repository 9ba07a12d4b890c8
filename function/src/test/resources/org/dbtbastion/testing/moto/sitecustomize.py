"""What moto's CloudFormation lacks for a bastion behind a Network Load Balancer in a VPC without a
way out: subnet mappings, full names for CloudWatch's dimensions, DNS names of interface endpoints.

Python loads this module by itself when it starts: Moto.java puts its folder on PYTHONPATH.
"""
import os
import sys


def add_attributes(model, attributes):
    """attributes: functions of the resource, by the names that Fn::GetAtt asks for."""
    known, get = model.has_cfn_attr, getattr(model, "get_cfn_attribute", None)
    model.has_cfn_attr = classmethod(lambda _, name: name in attributes or known(name))
    model.get_cfn_attribute = lambda self, name: (
        attributes[name](self) if name in attributes else get(self, name))


def create_load_balancer(cls, resource_name, cloudformation_json, account_id, region_name, **_):
    from moto.elbv2 import models

    properties = cloudformation_json["Properties"]
    mapped = [mapping["SubnetId"] for mapping in properties.get("SubnetMappings", [])]
    return models.elbv2_backends[account_id][region_name].create_load_balancer(
        resource_name, properties.get("SecurityGroups"), properties.get("Subnets", mapped),
        scheme=properties.get("Scheme", "internet-facing"),
        loadbalancer_type=properties.get("Type"))


def extend_moto():
    from moto.ec2.models.vpcs import VPCEndPoint
    from moto.elbv2.models import FakeLoadBalancer, FakeTargetGroup

    FakeLoadBalancer.create_from_cloudformation_json = classmethod(create_load_balancer)
    # Of arn:…:loadbalancer/net/name/id it is net/name/id; of arn:…:targetgroup/name/id it is all
    # behind the last colon.
    add_attributes(FakeLoadBalancer, {
        "LoadBalancerFullName": lambda balancer: balancer.arn.split(":loadbalancer/")[1]})
    add_attributes(FakeTargetGroup, {
        "TargetGroupFullName": lambda group: group.arn.rsplit(":", 1)[1]})
    add_attributes(VPCEndPoint, {
        "DnsEntries": lambda endpoint: [f"Z0EXAMPLE:{endpoint.id}.vpce.example.com"]})


if os.path.basename(sys.argv[0] if getattr(sys, "argv", None) else "") == "moto_server":
    extend_moto()
