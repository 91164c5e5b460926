using System.Net;

namespace Lumen.Hub;

/// <summary>
/// Answers of the hub that end the work, as sentences. They name neither token nor headers, and nothing of the answer's text.
/// </summary>
internal static class HubFault
{
    public static LumenException Refused(HttpStatusCode status, string? code, HubId id, string what, HubOptions options) =>
        status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when options.Token is null => new LumenException(
                LumenErrorKind.Network,
                $"The hub does not give {id} to anonymous users ({(int)status}): it does not exist, is private, or its terms must be "
                    + $"accepted. Check the name; for a gated model accept the terms at {options.Address(id.Repository)} and set HF_TOKEN."
            ),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new LumenException(
                LumenErrorKind.Network,
                $"The hub does not give {id} to the owner of this token ({(int)status}). Check that the token is valid and that the "
                    + $"terms at {options.Address(id.Repository)} have been accepted."
            ),
            HttpStatusCode.NotFound when code == "RevisionNotFound" => new LumenException(
                LumenErrorKind.Network,
                $"The hub has {id.Repository}, but not its revision {id.Revision}. Check the branch, tag or commit behind the @."
            ),
            HttpStatusCode.NotFound => new LumenException(LumenErrorKind.Network, $"The hub has no {what} ({id}, 404). Check the name."),
            _ => new LumenException(
                LumenErrorKind.Network,
                $"The hub answers {(int)status} when asked for {what} of {id}. Try again later, or another `Endpoint`."
            ),
        };

    public static LumenException Unreachable(HubId id, HubOptions options, string reason) =>
        new(
            LumenErrorKind.Network,
            $"The hub at {options.Endpoint} cannot be reached for {id}: {reason} Check the connection, or give a mirror with "
                + "`Endpoint`. What has been downloaded is kept."
        );

    public static LumenException Busy(HubId id, TimeSpan wait) =>
        new(
            LumenErrorKind.Network,
            $"The hub asks to wait {wait.TotalSeconds:0} seconds before it gives more of {id} (429). Run the same command again "
                + "then; what has been downloaded is kept."
        );

    public static LumenException Tricked(HubId id, string what) =>
        new(
            LumenErrorKind.Network,
            $"The hub's answer about {id} cannot be trusted: {what}. Nothing of it was kept; report it to the model's owner, or try "
                + "another `Endpoint`."
        );
}
