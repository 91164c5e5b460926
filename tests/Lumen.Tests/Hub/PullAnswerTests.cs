using Lumen.Hub;
using Xunit;

namespace Lumen.Tests.Hub;

/// <summary>What the hub answers, and what its token is for.</summary>
public class PullAnswerTests
{
    private const string Weights = "model.safetensors";
    private const string Secret = "hf_secretSECRETsecret";

    [Theory]
    [InlineData(401, "does not give org/tiny to anonymous users (401): it does not exist, is private, or its terms must be accepted")]
    [InlineData(403, "does not give org/tiny to anonymous users (403)")]
    [InlineData(404, "The hub has no model (org/tiny, 404). Check the name.")]
    [InlineData(410, "The hub answers 410")]
    public async Task A_refusal_is_a_sentence_and_is_not_repeated(int status, string sentence)
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan("LIST", new HubFaultPlan { Status = status });
        await fixture.Refused(sentence);
        Assert.Single(fixture.Hub.Requests);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_refused_token_is_said_and_never_shown(int status)
    {
        using var fixture = new PullFixture();
        fixture.Options = fixture.Options with { Token = Secret };
        fixture.Hub.Plan($"HEAD {Weights}", new HubFaultPlan { Status = status });
        var message = await fixture.Refused("does not give org/tiny to the owner of this token");
        Assert.DoesNotContain(Secret, message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, fixture.Options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_not_to_the_host_it_redirects_to()
    {
        using var fixture = new PullFixture();
        fixture.Options = fixture.Options with { Token = Secret };
        await fixture.Pull();
        Assert.All(
            fixture.Hub.Requests.Where(request => request.Line.Contains(" hub ", StringComparison.Ordinal)),
            request => Assert.Equal($"Bearer {Secret}", request.Headers["Authorization"])
        );
        Assert.NotEmpty(fixture.Hub.Downloads);
        Assert.All(fixture.Hub.Downloads, request => Assert.False(request.Headers.ContainsKey("Authorization")));
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    public async Task A_token_that_is_none_is_refused_without_being_shown(string token)
    {
        using var fixture = new PullFixture();
        fixture.Options = fixture.Options with { Token = token };
        Assert.DoesNotContain(token, await fixture.Refused("The hub's token is empty or holds characters"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_hub_is_given_the_time_that_it_asks_for()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan($"GET {Weights}", new HubFaultPlan { Status = 429, Headers = ["Retry-After: 7"] });
        await fixture.Pull();
        Assert.Contains(TimeSpan.FromSeconds(7), fixture.Pauses);
        fixture.NothingHalfWritten();
    }

    [Fact]
    public async Task A_hub_that_asks_for_an_hour_ends_the_work()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan("LIST", new HubFaultPlan { Status = 429, Headers = ["Retry-After: 3600"] });
        await fixture.Refused("The hub asks to wait 3600 seconds before it gives more of org/tiny (429)");
        Assert.Empty(fixture.Pauses);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task An_ailing_hub_is_asked_again_with_growing_pauses_and_then_given_up(int status)
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan("LIST", [.. Enumerable.Repeat(new HubFaultPlan { Status = status }, 2)]);
        await fixture.Pull();
        Assert.Equal([1, 2], fixture.Pauses.Select(pause => pause.TotalSeconds));
        using var other = new PullFixture();
        other.Hub.Plan("LIST", [.. Enumerable.Repeat(new HubFaultPlan { Status = status }, 5)]);
        await other.Refused($"The hub answers {status} when asked for model of org/tiny");
    }

    [Fact]
    public async Task No_hub_at_all_is_a_sentence()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Dispose();
        await fixture.Refused("cannot be reached for org/tiny");
    }

    [Fact]
    public async Task A_repository_with_a_new_name_is_followed_within_the_hub()
    {
        using var fixture = new PullFixture();
        fixture.Options = fixture.Options with { Token = Secret };
        fixture.Hub.Plan("LIST", new HubFaultPlan { Status = 307, Headers = ["Location: /api/models/org/tiny/revision/main?renamed"] });
        await fixture.Pull();
        Assert.Equal($"Bearer {Secret}", fixture.Hub.Requests.ElementAt(1).Headers["Authorization"]);
        using var endless = new PullFixture();
        endless.Hub.Plan(
            "LIST",
            [.. Enumerable.Repeat(new HubFaultPlan { Status = 307, Headers = ["Location: /api/models/org/tiny/revision/main"] }, 5)]
        );
        await endless.Refused("its list is redirected without end");
    }

    [Fact]
    public async Task A_revision_that_is_gone_is_named()
    {
        using var fixture = new PullFixture();
        await fixture.Refused("The hub has org/tiny, but not its revision gone", "org/tiny@gone");
    }

    [Fact]
    public async Task A_list_that_is_no_list_is_a_sentence()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan("LIST", new HubFaultPlan { Status = 200 });
        await fixture.Refused("The hub's list of the files of org/tiny cannot be read");
    }

    [Fact]
    public async Task Offline_asks_nobody()
    {
        using var fixture = new PullFixture();
        fixture.Options = fixture.Options with { IsOffline = true };
        await fixture.Refused("is not in the hub's cache");
        Assert.Empty(fixture.Hub.Requests);
        fixture.Options = fixture.Options with { IsOffline = false };
        var pulled = await fixture.Pull();
        var requests = fixture.Hub.Requests.Count;
        fixture.Options = fixture.Options with { IsOffline = true };
        Assert.Equal(pulled.Folder, (await fixture.Pull()).Folder);
        Assert.Equal(requests, fixture.Hub.Requests.Count);
    }

    [Fact]
    public async Task A_model_that_has_moved_is_found_under_its_new_name_now_and_later()
    {
        using var fixture = new PullFixture("stable-diffusion-v1-5/stable-diffusion-v1-5");
        var pulled = await fixture.Pull("runwayml/stable-diffusion-v1-5");
        Assert.Equal("stable-diffusion-v1-5/stable-diffusion-v1-5", pulled.Id.Repository);
        Assert.Equal(pulled.Folder, new HubCache(fixture.Options.CacheFolder).Find(PullFixture.Id("runwayml/stable-diffusion-v1-5")));
    }

    [Fact]
    public async Task A_mirror_below_a_path_is_asked_below_it()
    {
        using var fixture = new PullFixture();
        fixture.Options = fixture.Options with { Endpoint = new Uri(fixture.Hub.Endpoint, "/mirror/hub/") };
        await fixture.Refused("The hub has no");
        Assert.StartsWith(
            "GET hub /mirror/hub/api/models/org/tiny/revision/main",
            fixture.Hub.Requests.First().Line,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_fetched()
    {
        using var fixture = new PullFixture();
        Assert.Equal(1, (await fixture.Pull(pull: new PullOptions { Include = ["*.json"] })).Files);
        await fixture.Refused(
            "has no file *.onnx among .safetensors, .json, .txt, .md files. It has: config.json, model.safetensors.",
            pull: new PullOptions { Include = ["*.onnx"] }
        );
    }
}
