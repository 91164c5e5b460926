using Lumen.Hub;
using Xunit;

namespace Lumen.Tests.Hub;

public class HubIdTests
{
    [Theory]
    [InlineData("org/name", "org", "name", "main")]
    [InlineData("stable-diffusion-v1-5/stable-diffusion-v1-5@fp16", "stable-diffusion-v1-5", "stable-diffusion-v1-5", "fp16")]
    [InlineData("a/b.c_d@refs/pr/1", "a", "b.c_d", "refs/pr/1")]
    public void An_id_and_its_revision_are_read(string text, string organisation, string name, string revision)
    {
        Assert.Equal(new HubId(organisation, name, revision), HubId.Parse(text));
        Assert.Equal(text, HubId.Parse(text)!.ToString());
    }

    [Theory]
    [InlineData("name")]
    [InlineData("/org/name")]
    [InlineData("./org/name")]
    [InlineData("../name")]
    [InlineData("org/../name")]
    [InlineData("org/na--me")]
    [InlineData("org/name/file")]
    [InlineData("org/name@")]
    [InlineData("org/name@../../x")]
    [InlineData("org/name@/etc")]
    [InlineData("org/name@a//b")]
    [InlineData("org/name\n")]
    [InlineData("org/na me")]
    [InlineData("")]
    public void Anything_else_is_no_id(string text) => Assert.Null(HubId.Parse(text));
}
