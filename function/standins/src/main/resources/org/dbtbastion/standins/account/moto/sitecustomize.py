"""What moto's CloudFormation lacks for a bastion: prefix lists, and for one behind a Network Load
Balancer in a VPC without a way out subnet mappings, full names for CloudWatch's dimensions, DNS
names of interface endpoints.

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


def add_prefix_lists():
    from moto.core.common_models import CloudFormationModel
    from moto.ec2.models import ec2_backends
    from moto.ec2.models.security_groups import SecurityGroup

    # moto finds the subclass by itself, and its service by its module.
    class PrefixList(CloudFormationModel):
        __module__ = SecurityGroup.__module__

        def __init__(self, prefix_list):
            self.physical_resource_id = prefix_list.id

        @staticmethod
        def cloudformation_name_type():
            return ""

        @staticmethod
        def cloudformation_type():
            return "AWS::EC2::PrefixList"

        @classmethod
        def create_from_cloudformation_json(
                cls, resource_name, cloudformation_json, account_id, region_name, **_):
            properties = cloudformation_json["Properties"]
            return cls(ec2_backends[account_id][region_name].create_managed_prefix_list(
                address_family=properties["AddressFamily"], entry=properties["Entries"],
                max_entries=properties["MaxEntries"],
                prefix_list_name=properties["PrefixListName"]))

        @classmethod
        def delete_from_cloudformation_json(
                cls, resource_name, cloudformation_json, account_id, region_name):
            ec2_backends[account_id][region_name].managed_prefix_lists.pop(resource_name, None)

    create = SecurityGroup.create_from_cloudformation_json.__func__

    def create_with_prefix_lists(
            cls, resource_name, cloudformation_json, account_id, region_name, **more):
        properties = cloudformation_json["Properties"]
        rules = properties.get("SecurityGroupIngress", [])
        lists = [rule for rule in rules if "SourcePrefixListId" in rule]
        group = create(
            cls, resource_name,
            {**cloudformation_json, "Properties": {
                **properties, "SecurityGroupIngress": [r for r in rules if r not in lists]}},
            account_id, region_name, **more)
        for rule in lists:
            ec2_backends[account_id][region_name].authorize_security_group_ingress(
                group_name_or_id=group.id, ip_protocol=rule["IpProtocol"],
                from_port=rule["FromPort"], to_port=rule["ToPort"], ip_ranges=[],
                prefix_list_ids=[{"PrefixListId": rule["SourcePrefixListId"]}],
                vpc_id=properties.get("VpcId"))
        return group

    SecurityGroup.create_from_cloudformation_json = classmethod(create_with_prefix_lists)
    PREFIX_LISTS.append(PrefixList)


# Holds the class, which moto finds only as long as it is there.
PREFIX_LISTS = []


def extend_moto():
    add_prefix_lists()
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
