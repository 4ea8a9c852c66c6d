# The event hook in Okta that posts to hookline's named hook `acme`, and its verification.
#
#   terraform init && terraform apply -var okta_org=acme -var url=https://hooks.example.com/hooks/acme
#
# The secret is asked for, or comes from TF_VAR_secret. Terraform keeps it in its state: keep the state as you keep secrets.

terraform {
  required_version = ">= 1.3"
  required_providers {
    okta = {
      source  = "okta/okta"
      version = ">= 4.0"
    }
  }
}

variable "okta_org" {
  description = "the organisation's name: acme of acme.okta.com"
  type        = string
}

variable "okta_base_url" {
  description = "okta.com, or okta-emea.com, oktapreview.com, …"
  type        = string
  default     = "okta.com"
}

variable "url" {
  description = "where hookline takes deliveries"
  type        = string

  validation {
    condition     = startswith(var.url, "https://")
    error_message = "Okta posts to https addresses only."
  }
}

variable "secret" {
  description = "what stands in hookline's hooks.acme.secret"
  type        = string
  sensitive   = true

  validation {
    condition     = length(var.secret) >= 16
    error_message = "Take at least 16 characters, such as openssl rand -hex 24 prints."
  }
}

variable "events" {
  description = "Okta's event types; at most 300 a hook, and only those that are eligible for event hooks"
  type        = set(string)
  default = [
    "user.session.start",
    "user.account.lock",
    "user.account.privilege.grant",
    "user.mfa.factor.deactivate",
    "group.user_membership.add",
    "policy.lifecycle.update",
    "system.api_token.create",
  ]

  validation {
    condition     = length(var.events) <= 300
    error_message = "A hook takes at most 300 event types; make a second hook."
  }
}

# Credentials come from the environment: OKTA_API_TOKEN, or OKTA_API_CLIENT_ID and OKTA_API_PRIVATE_KEY.
provider "okta" {
  org_name = var.okta_org
  base_url = var.okta_base_url
}

resource "okta_event_hook" "hookline" {
  name   = "hookline"
  events = var.events

  channel = {
    type    = "HTTP"
    version = "1.0.0"
    uri     = var.url
  }

  auth = {
    type  = "HEADER"
    key   = "Authorization"
    value = var.secret
  }
}

# Okta asks hookline once, as "Verify" in its console does. Until then nothing is delivered.
resource "okta_event_hook_verification" "hookline" {
  event_hook_id = okta_event_hook.hookline.id
}

output "hook_id" {
  value = okta_event_hook.hookline.id
}
